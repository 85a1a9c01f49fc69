import { annotation, type Condition, isEnforcing, label, unservableReasons } from '../../api/index.ts';
import type { WideningPolicy } from '../../enforcement/index.ts';
import {
  podExclusion,
  proxyReference,
  type ServedNamespace,
  servingProxy,
  unservableBecause,
} from '../../injection/index.ts';
import { type Block, blockReason, describeBlock } from '../../rules/index.ts';
import type { CachedService } from '../cache/trim-objects.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import { type ConditionUpdate, findCondition, listNames, rfc3339 } from '../conditions.ts';
import { describeConflicts } from '../objects/index.ts';
import { planAliases } from './plan-aliases.ts';
import { planNameserver } from './plan-nameserver.ts';
import { findOlderPods, planServiceNames } from './plan-service-names.ts';

export interface NamespaceInput {
  served: ServedNamespace;
  /** HTTP_PROXY of the next pod; undefined if no proxy serves the namespace. */
  url: string | undefined;
  pods: readonly CachedPod[];
  /** Services of the namespace. */
  services?: readonly CachedService[];
  /** Services that NO_PROXY leaves out. */
  leftOut?: ReadonlySet<string>;
  /** Address of the proxy's names in the next pod; undefined while it is unknown. */
  aliasAddress?: string | undefined;
  /** Whether our policies were applied without a failure. */
  policiesApplied: boolean;
  /** Names of policies that exist under our names and are not ours. */
  conflicts: readonly string[];
  /** Name of the policy that closes the namespace instead of those in `conflicts`. */
  replacement?: string | undefined;
  /** Annotations of the namespace that exempt pods from guards. */
  exemptions?: readonly string[];
  widening: readonly WideningPolicy[];
  previous: readonly Condition[] | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The conditions of a namespace's EgressActivity. */
export function planNamespaceConditions(input: NamespaceInput): ConditionUpdate[] {
  const clients = clientsOf(input.served, input.pods);
  return [
    planInjected(input, clients),
    planEnforced(input, clients),
    planPodsOnOldProxy(input, clients),
    planServiceNames(findOlderPods(clients, input.services ?? [], input.leftOut ?? new Set())),
    ...planAliases(
      clients.filter(({ injected }) => injected?.proxy === servingProxy(input.served)),
      input.aliasAddress,
    ),
    ...planNameserver(clients, input.served),
    planPolicyConflict(input),
    planWidening(input.widening),
  ];
}

/** The pods that should have the proxy variables and do not. */
export function podsWithoutVariables(served: ServedNamespace, pods: readonly CachedPod[]): CachedPod[] {
  return clientsOf(served, pods).filter(({ missingVariables }) => missingVariables);
}

function clientsOf(served: ServedNamespace, pods: readonly CachedPod[]): CachedPod[] {
  return pods.filter(({ terminating, metadata }) => !terminating && isClient(metadata.labels, served));
}

function isClient(labels: Record<string, string>, served: ServedNamespace): boolean {
  const exclusion = podExclusion(labels, served);
  // A namespace whose proxy does not exist is closed too.
  return exclusion === undefined || exclusion === 'ProxyUnknown';
}

const namesOf = (pods: readonly CachedPod[]): string => listNames(pods.map(({ metadata }) => metadata.name));

function planInjected({ served }: NamespaceInput, clients: readonly CachedPod[]): ConditionUpdate {
  if (served.kind === 'notServed') {
    return {
      type: 'Injected',
      status: 'False',
      reason: 'ProxyNotFound',
      message: describeMissingProxy(served),
    };
  }
  const without = clients.filter(({ missingVariables }) => missingVariables);
  const notServed = describeUnservable(clients);
  if (without.length === 0) {
    const message = ['every pod that the proxy can serve has the proxy variables', ...notServed].join('; ');
    return { type: 'Injected', status: 'True', reason: 'Injected', message };
  }
  const run = without.length === 1 ? '1 pod runs' : `${without.length} pods run`;
  const message = `${run} without the proxy variables, created before the namespace opted in or while the webhook was unavailable; restart: ${namesOf(without)}`;
  return {
    type: 'Injected',
    status: 'False',
    reason: 'PodsNotInjected',
    message: [message, ...notServed].join('; '),
  };
}

/** One text for each reason why the proxy cannot serve pods. They get no variables and are not waited for. */
function describeUnservable(clients: readonly CachedPod[]): string[] {
  return unservableReasons.flatMap((reason) => {
    const pods = clients.filter(({ unservable }) => unservable === reason);
    return pods.length === 0
      ? []
      : [`the proxy cannot serve these pods, which ${unservableBecause[reason]}: ${namesOf(pods)}`];
  });
}

function planEnforced(input: NamespaceInput, clients: readonly CachedPod[]): ConditionUpdate {
  const { served, conflicts, replacement, policiesApplied } = input;
  const enforced = (
    status: ConditionUpdate['status'],
    reason: ConditionUpdate['reason'],
    message: string,
  ): ConditionUpdate => ({
    type: 'Enforced',
    status,
    reason,
    message,
  });
  if (!isEnforcing(served.mode)) return enforced('False', 'ObserveMode', 'observe mode enforces nothing');
  if (conflicts.length > 0 && replacement === undefined)
    return enforced('False', 'Conflict', conflictMessage(conflicts));
  if (!policiesApplied)
    return enforced(
      'False',
      'Pending',
      'the NetworkPolicy could not be applied yet; the log of the controller has the error',
    );
  if (served.kind === 'notServed') {
    return enforced(
      'True',
      'ProxyNotFound',
      `nothing can leave the cluster, since ${describeMissingProxy(served)}`,
    );
  }
  const message = enforcedMessage(input, served, clients);
  if (served.block === undefined) return enforced('True', 'Enforced', message);
  return enforced('True', 'Blocked', `${blockedMessage(served.block)}; ${message}`);
}

function blockedMessage(block: Block): string {
  const reason = blockReason(block);
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${describeBlock(block)}${why}: the proxy refuses every request; to end this, set the label ${label.mode} to enforce`;
}

/** A policy applies to new connections: those that a pod opened before stay open until they are closed. */
function enforcedMessage(
  { previous, now, exemptions = [] }: NamespaceInput,
  { selector, selectorFault }: Extract<ServedNamespace, { kind: 'served' }>,
  clients: readonly CachedPod[],
): string {
  const before = findCondition(previous, 'Enforced');
  const since = before?.status === 'True' ? Date.parse(before.lastTransitionTime) : now;
  const older = clients.filter(({ startedAt }) => startedAt !== undefined && startedAt < since);
  const parts = [`since ${rfc3339(since)} new connections leave through the proxy only`];
  if (older.length > 0)
    parts.push(
      `these pods started before that and may still have connections that bypass the proxy: ${namesOf(older)}`,
    );
  const bypassing = clients.filter(({ bypassesPolicy }) => bypassesPolicy);
  if (bypassing.length > 0)
    parts.push(
      `pods that can bypass the policy through their node (hostNetwork, hostPath, privileged or a capability): ${namesOf(bypassing)}`,
    );
  if (exemptions.length > 0)
    parts.push(`annotations of the namespace exempt its pods from guards: ${listNames(exemptions)}`);
  if (selectorFault !== undefined) {
    parts.push(
      `the annotation ${annotation.podSelector} is not a valid selector and is ignored: ${selectorFault}`,
    );
  }
  if (selector !== undefined) {
    parts.push(
      `only pods that match the annotation ${annotation.podSelector} are enforced, so a user who can label pods can exempt them`,
    );
  }
  return parts.join('; ');
}

function describeMissingProxy({
  missingProxy: reference,
}: Extract<ServedNamespace, { kind: 'notServed' }>): string {
  return reference === undefined
    ? `there is no default EgressProxy: create one, or set the label ${label.proxy} on the namespace`
    : `EgressProxy ${reference.replace('.', '/')} does not exist: create it, or correct the label ${label.proxy} of the namespace`;
}

function planPodsOnOldProxy({ served, url }: NamespaceInput, clients: readonly CachedPod[]): ConditionUpdate {
  const reference = served.kind === 'served' ? proxyReference(served.proxy) : undefined;
  const old = clients.filter(
    ({ injected }) => injected !== undefined && (injected.proxy !== reference || injected.url !== url),
  );
  return old.length === 0
    ? {
        type: 'PodsOnOldProxy',
        status: 'False',
        reason: 'Injected',
        message: 'no pod uses an old proxy or proxy address',
      }
    : {
        type: 'PodsOnOldProxy',
        status: 'True',
        reason: 'PodsOnOldProxy',
        message: `${old.length === 1 ? '1 pod uses' : `${old.length} pods use`} an old proxy or proxy address; restart: ${namesOf(old)}`,
      };
}

function planPolicyConflict({ conflicts, replacement }: NamespaceInput): ConditionUpdate {
  const closed =
    replacement === undefined ? '' : `; until then NetworkPolicy ${replacement} closes the namespace instead`;
  return conflicts.length === 0
    ? {
        type: 'PolicyConflict',
        status: 'False',
        reason: 'Accepted',
        message: 'kube-egress manages every NetworkPolicy that has a name reserved for it',
      }
    : {
        type: 'PolicyConflict',
        status: 'True',
        reason: 'Conflict',
        message: `${conflictMessage(conflicts)}${closed}`,
      };
}

function conflictMessage(conflicts: readonly string[]): string {
  return describeConflicts(conflicts.map((name) => `NetworkPolicy ${name}`));
}

function planWidening(widening: readonly WideningPolicy[]): ConditionUpdate {
  const opened = widening.map(({ name, field, opens }) => `${name} (${field} opens ${opens})`);
  return widening.length === 0
    ? {
        type: 'WideningPolicyPresent',
        status: 'False',
        reason: 'NoWideningPolicy',
        message: 'no other NetworkPolicy lets pods bypass the proxy',
      }
    : {
        type: 'WideningPolicyPresent',
        status: 'True',
        reason: 'WideningPolicyPresent',
        message: `NetworkPolicies are additive, so these let pods bypass the proxy: ${listNames(opened)}; remove their rules`,
      };
}
