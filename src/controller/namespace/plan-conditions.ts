import { annotation, type Condition } from '../../api/index.ts';
import type { WideningPolicy } from '../../enforcement/index.ts';
import { podExclusion, proxyReference, type ServedNamespace } from '../../injection/index.ts';
import { findCondition, listed, rfc3339, type Stated } from '../conditions.ts';
import type { KeptPod } from '../follow/index.ts';
import { planAliases } from './plan-aliases.ts';

export interface NamespaceInput {
  served: ServedNamespace;
  /** HTTP_PROXY as the next pod gets it; undefined where no proxy serves. */
  url: string | undefined;
  pods: readonly KeptPod[];
  /** Where the proxy's further names lead; undefined where it has none. */
  aliasAddress?: string | undefined;
  /** Our policies are in place as planned. */
  policiesApplied: boolean;
  /** Policies with a name of ours that somebody else made. */
  conflicts: readonly string[];
  widening: readonly WideningPolicy[];
  previous: readonly Condition[] | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** How the egress control of a namespace stands. */
export function planNamespaceConditions(input: NamespaceInput): Stated[] {
  const clients = clientsOf(input.served, input.pods);
  return [
    planInjected(input, clients),
    planEnforced(input, clients),
    planPodsOnOldProxy(input, clients),
    ...planAliases(
      clients.filter(({ injected }) => injected !== undefined),
      input.aliasAddress,
    ),
    planPolicyConflict(input.conflicts),
    planWidening(input.widening),
  ];
}

/** The pods that should have the variables and do not. */
export function podsWithoutVariables(served: ServedNamespace, pods: readonly KeptPod[]): KeptPod[] {
  return clientsOf(served, pods).filter(({ lacksVariables }) => lacksVariables);
}

function clientsOf(served: ServedNamespace, pods: readonly KeptPod[]): KeptPod[] {
  return pods.filter(({ terminating, metadata }) => !terminating && isClient(metadata.labels, served));
}

function isClient(labels: Record<string, string>, served: ServedNamespace): boolean {
  const exclusion = podExclusion(labels, served);
  // A namespace whose proxy is missing is still to be closed.
  return exclusion === undefined || exclusion === 'ProxyUnknown';
}

const namesOf = (pods: readonly KeptPod[]): string => listed(pods.map(({ metadata }) => metadata.name));

function planInjected({ served }: NamespaceInput, clients: readonly KeptPod[]): Stated {
  if (served.kind === 'notServed') {
    return { type: 'Injected', status: 'False', reason: 'ProxyNotFound', message: missing(served) };
  }
  const without = clients.filter(({ lacksVariables }) => lacksVariables);
  if (without.length === 0) {
    const message = 'every pod has the proxy variables';
    return { type: 'Injected', status: 'True', reason: 'Injected', message };
  }
  const message = `${without.length} pods run without the proxy variables, since they were created before the opt-in or while the webhook was away; restart them: ${namesOf(without)}`;
  return { type: 'Injected', status: 'False', reason: 'PodsNotInjected', message };
}

function planEnforced(input: NamespaceInput, clients: readonly KeptPod[]): Stated {
  const { served, conflicts, policiesApplied } = input;
  const enforced = (status: Stated['status'], reason: Stated['reason'], message: string): Stated => ({
    type: 'Enforced',
    status,
    reason,
    message,
  });
  if (served.mode !== 'enforce') return enforced('False', 'ObserveMode', 'in observe mode nothing is closed');
  if (conflicts.length > 0) return enforced('False', 'Conflict', conflictMessage(conflicts));
  if (!policiesApplied) return enforced('False', 'Pending', 'the NetworkPolicy is not in place yet');
  if (served.kind === 'notServed') {
    return enforced('True', 'ProxyNotFound', `nothing leaves: ${missing(served)}`);
  }
  return enforced('True', 'Enforced', enforcedMessage(input, served, clients));
}

/** A policy binds new connections: what a pod had open before lives on until it is closed. */
function enforcedMessage(
  { previous, now }: NamespaceInput,
  { selector, selectorFault }: Extract<ServedNamespace, { kind: 'served' }>,
  clients: readonly KeptPod[],
): string {
  const before = findCondition(previous, 'Enforced');
  const since = before?.status === 'True' ? Date.parse(before.lastTransitionTime) : now;
  const older = clients.filter(({ startedAt }) => startedAt !== undefined && startedAt < since);
  const parts = [`new connections leave through the proxy only, since ${rfc3339(since)}`];
  if (older.length > 0)
    parts.push(`pods that started before and may hold older connections: ${namesOf(older)}`);
  const past = clients.filter(({ pastPolicy }) => pastPolicy);
  if (past.length > 0)
    parts.push(
      `pods that can leave through their node (hostNetwork, privileged and the like): ${namesOf(past)}`,
    );
  if (selectorFault !== undefined) {
    parts.push(
      `the annotation ${annotation.podSelector} cannot be read and narrows nothing: ${selectorFault}`,
    );
  }
  if (selector !== undefined) {
    parts.push(`only pods that match ${annotation.podSelector}: who can label pods can leave it`);
  }
  return parts.join('; ');
}

function missing({ missingProxy }: Extract<ServedNamespace, { kind: 'notServed' }>): string {
  return missingProxy === undefined
    ? 'there is no default EgressProxy'
    : `there is no EgressProxy ${missingProxy.replace('.', '/')}`;
}

function planPodsOnOldProxy({ served, url }: NamespaceInput, clients: readonly KeptPod[]): Stated {
  const reference = served.kind === 'served' ? proxyReference(served.proxy) : undefined;
  const old = clients.filter(
    ({ injected }) => injected !== undefined && (injected.proxy !== reference || injected.url !== url),
  );
  return old.length === 0
    ? {
        type: 'PodsOnOldProxy',
        status: 'False',
        reason: 'Injected',
        message: 'no pod has the variables of another proxy',
      }
    : {
        type: 'PodsOnOldProxy',
        status: 'True',
        reason: 'PodsOnOldProxy',
        message: `${old.length} pods have the variables of another proxy; restart them: ${namesOf(old)}`,
      };
}

function planPolicyConflict(conflicts: readonly string[]): Stated {
  return conflicts.length === 0
    ? { type: 'PolicyConflict', status: 'False', reason: 'Accepted', message: 'no policy has a name of ours' }
    : { type: 'PolicyConflict', status: 'True', reason: 'Conflict', message: conflictMessage(conflicts) };
}

function conflictMessage(conflicts: readonly string[]): string {
  return `somebody else made the NetworkPolicy ${listed(conflicts)}: delete or rename it, or hand it over with the annotation ${annotation.adopt}: "true"`;
}

function planWidening(widening: readonly WideningPolicy[]): Stated {
  const opened = widening.map(({ name, field, opens }) => `${name} (${field} opens ${opens})`);
  return widening.length === 0
    ? {
        type: 'WideningPolicyPresent',
        status: 'False',
        reason: 'NoWideningPolicy',
        message: 'no other policy opens egress past the cluster',
      }
    : {
        type: 'WideningPolicyPresent',
        status: 'True',
        reason: 'WideningPolicyPresent',
        message: `policies add up, so these undo the enforcement: ${listed(opened)}`,
      };
}
