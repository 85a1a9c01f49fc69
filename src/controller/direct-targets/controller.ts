import type { EgressRuleSet } from '../../api/index.ts';
import type { CachedNamespace } from '../../cluster/index.ts';
import { ruleSetOfPolicyName } from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import { type KubeObject, keyOf, type Named, type ReconcileResult, splitKey } from '../../kube/index.ts';
import { isExpired } from '../../rules/index.ts';
import { type Controller, unlessAborted, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import {
  enqueueDirectTargets,
  enqueueObject,
  enqueueRuleSetsOf,
  namespaceChanged,
  rulesChanged,
  statusOnlyChange,
} from '../enqueue.ts';
import type { KnownName } from '../names/follow-name.ts';
import { NameTable } from '../names/name-table.ts';
import {
  type AppliedObjects,
  applyObjects,
  describeConflicts,
  describeFailures,
  isForbidden,
  throwFailures,
} from '../objects/index.ts';
import { requeueAtExpiry } from '../requeue-at-expiry.ts';
import { type DirectTargetsPlan, directHosts, planDirectTargets } from './plan-direct-targets.ts';
import { desiredPolicy, planPolicy, policyAddress } from './plan-policy.ts';
import type { Obstacle } from './plan-status.ts';
import { clearStatus, writeStatusAfterPolicy, writeStatusBeforePolicy } from './write-status.ts';

/** Milliseconds until a conflict is checked again. */
const RETRY_CONFLICT = 10_000;

/** Opens the direct targets of a rule set past the proxy: one NetworkPolicy a set. Key: the EgressRuleSet. */
export const directTargetsController: Controller<[Deps]> = {
  name: 'directTargets',
  concurrency: 8,
  create(deps) {
    const { reflectors, facts } = deps;
    const ruleSets = reflectors.ruleSets.store;
    /** The names that direct targets refer to, by the key of the rule set. */
    const names = new NameTable(deps);
    return {
      watches: [
        watch(reflectors.proxies, (change) =>
          statusOnlyChange(change) ? [] : enqueueDirectTargets(ruleSets),
        ),
        watch(reflectors.namespaces, (change) =>
          namespaceChanged(change) ? enqueueRuleSetsOf(change, ruleSets) : [],
        ),
        watch(reflectors.ruleSets, enqueueObject),
        // A cluster rule can deny a direct target.
        watch(reflectors.clusterRuleSets, (change) =>
          rulesChanged(change) ? enqueueDirectTargets(ruleSets) : [],
        ),
        watch(reflectors.networkPolicies, enqueueRuleSetOfPolicy),
        watch(facts, () => enqueueDirectTargets(ruleSets)),
      ],
      reconcile: (key, signal) => reconcileDirectTargets(key, names, deps, signal),
    };
  },
};

/** The rule set of a policy is found by the policy's name, so that it is found after the set is deleted too. */
function enqueueRuleSetOfPolicy({ object }: { object: Named }): string[] {
  const { name, namespace = '' } = object.metadata;
  const ruleSet = ruleSetOfPolicyName(name);
  return ruleSet === undefined ? [] : [keyOf({ metadata: { name: ruleSet, namespace } })];
}

async function reconcileDirectTargets(
  key: string,
  names: NameTable,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { namespace: namespaceName = '', name } = splitKey(key);
  const namespace = deps.reflectors.namespaces.store.get(namespaceName);
  if (namespace === undefined || namespace.terminating) {
    names.delete(key);
    return undefined;
  }
  const set = setWithDirectTargets(key, deps);
  if (set !== undefined)
    return requeueAtExpiry(set, deps.clock.now(), await openTargets(set, namespace, names, deps, signal));
  names.delete(key);
  const actions = planPolicy(undefined, observedPolicy({ namespace: namespaceName, name }, deps));
  const { failures } = await applyObjects(deps.client, actions, signal);
  await clearStatus(deps.reflectors.ruleSets.store.get(key), deps, signal);
  throwFailures(failures);
  return undefined;
}

async function openTargets(
  set: EgressRuleSet,
  namespace: CachedNamespace,
  table: NameTable,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const served = deps.facts.served(namespace);
  const notEnforced = obstacleOfMode(served);
  const names = notEnforced ? noNames : await unlessAborted(lookUpNames(set, table), signal);
  const plan = notEnforced ? emptyPlan : planTargets(set, namespace, served, names, deps);
  const actions = planPolicy(desiredPolicy(set, served, plan), observedPolicy(set.metadata, deps));
  const opens = actions.some(({ type }) => type === 'apply');
  const current = opens ? await writeStatusBeforePolicy(set, plan, deps, signal) : set;
  const applied = await applyObjects(deps.client, actions, signal);
  const obstacle = notEnforced ?? obstacleOf(applied);
  await writeStatusAfterPolicy(current, { plan, names, obstacle }, deps, signal);
  throwFailures(applied.failures);
  if (applied.conflicts.length > 0) return { requeueAfterMs: RETRY_CONFLICT };
  if (names.size === 0) return undefined;
  const askAt = Math.min(...[...names.values()].map((known) => known.askAt));
  return { requeueAfterMs: Math.max(1, askAt - deps.clock.monotonic()) };
}

const emptyPlan: DirectTargetsPlan = { destinations: [], leftOut: [] };
const noNames: ReadonlyMap<string, KnownName> = new Map();

function setWithDirectTargets(
  key: string,
  { reflectors, clock }: Pick<Deps, 'reflectors' | 'clock'>,
): EgressRuleSet | undefined {
  const set = reflectors.ruleSets.store.get(key);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
  if (isExpired(set, clock.now())) return undefined;
  return (set.spec?.directTargets ?? []).length > 0 ? set : undefined;
}

function observedPolicy(
  ruleSet: { namespace?: string; name: string },
  { reflectors }: Pick<Deps, 'reflectors'>,
): KubeObject | undefined {
  return reflectors.networkPolicies.store.get(keyOf({ metadata: policyAddress(ruleSet) }));
}

/** Nothing is opened in a namespace that is not enforced, and without an EgressProxy nothing is allowed to be opened. */
function obstacleOfMode(served: ServedNamespace): Obstacle | undefined {
  if (served.mode === 'observe') {
    const message =
      'observe mode enforces nothing: every destination is reachable, so no direct target has to be opened';
    return { reason: 'ObserveMode', message };
  }
  if (served.mode === 'blocked') {
    const message =
      'the namespace is blocked (label egress.zalando.org/mode: blocked), so no direct target is opened';
    return { reason: 'Blocked', message };
  }
  if (served.kind === 'served' && served.mode === 'enforce') return undefined;
  return {
    reason: 'NotServed',
    message: 'no EgressProxy serves the namespace, so no direct target is opened',
  };
}

/** Looks up the names that are due. The addresses that another leader opened are checked again like any other. */
function lookUpNames(set: EgressRuleSet, names: NameTable): Promise<ReadonlyMap<string, KnownName>> {
  const opened = set.status?.directTargets?.addresses ?? [];
  const openedFor = (host: string) =>
    opened.filter((each) => each.host === host).map(({ cidr }) => cidr.slice(0, cidr.indexOf('/')));
  return names.refresh(keyOf(set), directHosts(set), (host) => [...new Set(openedFor(host))]);
}

function planTargets(
  set: EgressRuleSet,
  namespace: CachedNamespace,
  served: ServedNamespace,
  names: ReadonlyMap<string, KnownName>,
  { reflectors, facts, clock }: Pick<Deps, 'reflectors' | 'facts' | 'clock'>,
): DirectTargetsPlan {
  if (served.kind !== 'served') return emptyPlan;
  const { podCIDRs = [], serviceCIDRs = [], nodeCIDRs = [], apiServer = [] } = facts.discovered;
  const { apiServerClusterIPs = [] } = facts.discovered;
  const apiServerAddresses = [...apiServer.map(({ address }) => address), ...apiServerClusterIPs];
  return planDirectTargets({
    set,
    proxy: served.proxy.spec,
    clusterRuleSets: reflectors.clusterRuleSets.store.list().filter((each) => !isExpired(each, clock.now())),
    namespaceLabels: namespace.metadata.labels,
    clusterCIDRs: [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs, ...apiServerAddresses],
    addresses: new Map(
      [...names].map(([host, known]) => [host, known.addresses.map((each) => each.address)]),
    ),
  });
}

function obstacleOf({ conflicts, failures }: AppliedObjects): Obstacle | undefined {
  const [conflict] = conflicts;
  if (conflict !== undefined) {
    return { reason: 'Conflict', message: describeConflicts([`NetworkPolicy ${conflict.metadata.name}`]) };
  }
  const message = describeFailures(failures);
  if (message === undefined) return undefined;
  return {
    reason: failures.some(({ error }) => isForbidden(error)) ? 'PermissionDenied' : 'Pending',
    message,
  };
}
