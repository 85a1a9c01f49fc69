import type {
  ClusterEgressRuleSet,
  EgressProxy,
  EgressRuleSet,
  EgressRuleSetStatus,
} from '../../api/index.ts';
import { BY_NAMESPACE, type CachedTargetGroup } from '../../cluster/index.ts';
import { servingProxy } from '../../injection/index.ts';
import { type Change, keyOf, type ReconcileResult } from '../../kube/index.ts';
import {
  countTargets,
  isExpired,
  isWithinQuota,
  placeInQuota,
  quotaOf,
  readInSteps,
  totalsOf,
  validateClusterEgressRuleSet,
  validateEgressRuleSet,
} from '../../rules/index.ts';
import { inTurns } from '../../time/index.ts';
import { findCondition, mergeConditions, recordTransitions } from '../conditions.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import {
  enqueueEach,
  enqueueObject,
  enqueueRuleSetsOf,
  namespaceChanged,
  replicaChanged,
  statusOnlyChange,
} from '../enqueue.ts';
import { writeStatus } from '../objects/index.ts';
import { requeueAtExpiry } from '../requeue-at-expiry.ts';
import type { AgentGenerations } from '../state/agent-generations.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { readyReplicas } from '../state/ready-replicas.ts';
import { enqueueWaiters, replicaStates } from '../state/replica-agreement.ts';
import {
  type ExceededQuota,
  planRuleSetStatus,
  type ReferredGroups,
  type ServingProxy,
} from './plan-rule-set.ts';
import { proxiesOfClusterRuleSet, proxiesOfRuleSet } from './serving-proxies.ts';

const NAME = 'ruleSets';

/** Writes whether a rule set is valid and decides requests. Key: the EgressRuleSet or ClusterEgressRuleSet. */
export const ruleSetController: Controller<[Deps, LeaderState]> = {
  name: NAME,
  concurrency: 8,
  stage: 'report',
  create(deps, { generations }) {
    const { reflectors } = deps;
    const [ruleSets, clusterRuleSets] = [reflectors.ruleSets.store, reflectors.clusterRuleSets.store];
    const enqueueAllSets = () => enqueueEach(ruleSets, clusterRuleSets);
    return {
      watches: [
        watch(reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : enqueueAllSets())),
        watch(reflectors.namespaces, (change) =>
          namespaceChanged(change)
            ? [...enqueueRuleSetsOf(change, ruleSets), ...enqueueEach(clusterRuleSets)]
            : [],
        ),
        watch(reflectors.pods, (change) => (replicaChanged(change) ? enqueueAllSets() : [])),
        watch(reflectors.ruleSets, (change) => [keyOf(change.object), ...enqueueSharers(change, reflectors)]),
        watch(reflectors.clusterRuleSets, enqueueObject),
        watch(reflectors.targetGroups, ({ object }) => enqueueReferring(object.metadata.name, reflectors)),
        watch(generations, enqueueWaiters(NAME)),
      ],
      reconcile: (key, signal) => reconcileRuleSet(key, generations, deps, signal),
    };
  },
};

async function reconcileRuleSet(
  key: string,
  generations: AgentGenerations,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { ruleSets, clusterRuleSets } = deps.reflectors;
  await inTurns(readInSteps((ruleSets.store.get(key) ?? clusterRuleSets.store.get(key))?.spec));
  const found = findRuleSet(key, deps);
  if (found === undefined || isTerminating(found.set, deps)) return undefined;
  const { set, faults, proxies, exceeded } = found;
  const { generation = 0 } = set.metadata;
  const before = set.status?.conditions;
  const plan = planRuleSetStatus({
    generation,
    targets: set.spec?.targets?.length ?? 0,
    groups: referredGroups(set, deps),
    faults,
    proxies: faults.length > 0 ? [] : proxies.map((proxy) => serving(proxy, set, generations, deps)),
    exceeded,
    expired: isExpired(set, deps.clock.now()),
    previous: before,
  });
  const conditions = mergeConditions(before, plan.conditions, { generation, now: deps.clock.now() });
  const status: EgressRuleSetStatus = {
    conditions,
    observedGeneration: generation,
    targets: plan.targets,
    proxies: plan.proxies,
  };
  if (await writeStatus(deps.client, set, status, signal)) {
    recordTransitions(deps.events, set, { before, after: conditions.filter(isNews) });
  }
  return requeueAtExpiry(set, deps.clock.now());
}

function foundGroups(
  { spec }: EgressRuleSet | ClusterEgressRuleSet,
  { targetGroups }: Pick<Deps['reflectors'], 'targetGroups'>,
): CachedTargetGroup[] {
  return (spec?.targetGroups ?? []).flatMap((name) => targetGroups.store.get(name) ?? []);
}

function referredGroups(
  set: EgressRuleSet | ClusterEgressRuleSet,
  { reflectors }: Pick<Deps, 'reflectors'>,
): ReferredGroups {
  const names = set.spec?.targetGroups ?? [];
  const found = foundGroups(set, reflectors);
  const valid = found.filter(({ isValid }) => isValid);
  return {
    targets: valid.reduce((sum, { targets }) => sum + targets, 0),
    missing: names.filter((name) => reflectors.targetGroups.store.get(name) === undefined),
    invalid: found.filter(({ isValid }) => !isValid).map(({ metadata }) => metadata.name),
  };
}

/** Enqueues the rule sets that refer to a target group. */
function enqueueReferring(
  group: string,
  { ruleSets, clusterRuleSets }: Pick<Deps['reflectors'], 'ruleSets' | 'clusterRuleSets'>,
): string[] {
  return [...ruleSets.store.list(), ...clusterRuleSets.store.list()]
    .filter(({ spec }) => (spec?.targetGroups ?? []).includes(group))
    .map(keyOf);
}

/** In a terminating namespace a status is of no use. */
function isTerminating(
  { metadata }: EgressRuleSet | ClusterEgressRuleSet,
  { reflectors }: Pick<Deps, 'reflectors'>,
): boolean {
  const namespace = reflectors.namespaces.store.get(metadata.namespace ?? '');
  return metadata.deletionTimestamp !== undefined || namespace?.terminating === true;
}

/** Ready only sums up the other two conditions, and `rule-expiry` tells what has expired. */
const isNews = ({ type, reason }: { type: string; reason: string }): boolean =>
  type !== 'Ready' && reason !== 'Expired';

function findRuleSet(key: string, { reflectors, facts }: Pick<Deps, 'reflectors' | 'facts'>) {
  const proxies = reflectors.proxies.store.list().map((proxy) => ({ proxy, clients: facts.servedBy(proxy) }));
  const set = reflectors.ruleSets.store.get(key);
  if (set !== undefined) {
    const serving = proxiesOfRuleSet(servingOf(set, reflectors, facts), proxies);
    return {
      set,
      faults: validateEgressRuleSet(set).faults,
      proxies: serving,
      exceeded: exceededQuotas(set, serving, reflectors),
    };
  }
  const clusterSet = reflectors.clusterRuleSets.store.get(key);
  if (clusterSet === undefined) return undefined;
  const { faults } = validateClusterEgressRuleSet(clusterSet);
  return { set: clusterSet, faults, proxies: proxiesOfClusterRuleSet(clusterSet, proxies), exceeded: [] };
}

function exceededQuotas(
  set: EgressRuleSet,
  proxies: readonly EgressProxy[],
  { ruleSets }: Deps['reflectors'],
): ExceededQuota[] {
  const place = placeInQuota(set, ruleSets.store.byIndex(BY_NAMESPACE, set.metadata.namespace ?? ''));
  return proxies
    .map((proxy) => ({ proxy: keyOf(proxy), quota: quotaOf(proxy.spec), place }))
    .filter(({ quota }) => !isWithinQuota(place, quota));
}

/**
 * Enqueues the rule sets of the namespace if a change of one may displace another one, or make room for it: they share
 * the quota.
 */
function enqueueSharers(
  change: Change<EgressRuleSet>,
  { ruleSets, proxies }: Deps['reflectors'],
): Iterable<string> {
  const { object } = change;
  if (change.type === 'modified' && countTargets(object.spec) === countTargets(change.old.spec)) return [];
  const sharers = ruleSets.store.byIndex(BY_NAMESPACE, object.metadata.namespace ?? '');
  const totals = totalsOf(sharers);
  const isExceeded = proxies.store.list().some(({ spec }) => !isWithinQuota(totals, quotaOf(spec)));
  return isExceeded || sharers.some(isDisplaced) ? sharers.map(keyOf) : [];
}

function isDisplaced({ status }: EgressRuleSet): boolean {
  return findCondition(status?.conditions, 'Programmed')?.reason === 'QuotaExceeded';
}

function servingOf(
  { metadata }: EgressRuleSet,
  reflectors: Deps['reflectors'],
  facts: Deps['facts'],
): string | undefined {
  const namespace = reflectors.namespaces.store.get(metadata.namespace ?? '');
  return namespace === undefined || namespace.terminating ? undefined : servingProxy(facts.served(namespace));
}

function serving(
  proxy: EgressProxy,
  set: EgressRuleSet | ClusterEgressRuleSet,
  generations: AgentGenerations,
  { reflectors }: Pick<Deps, 'reflectors'>,
): ServingProxy {
  const objects = [set, ...foundGroups(set, reflectors)].map(({ metadata }) => ({
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
  }));
  const replicas = readyReplicas(proxy, reflectors.pods.store);
  const waiter = { controller: NAME, key: keyOf(set) };
  return { key: keyOf(proxy), replicas: replicaStates(generations, replicas, objects, waiter) };
}
