import type {
  ClusterEgressRuleSet,
  EgressProxy,
  EgressRuleSet,
  EgressRuleSetStatus,
} from '../../api/index.ts';
import { servingProxy } from '../../injection/index.ts';
import { keyOf, type ReconcileResult } from '../../kube/index.ts';
import { validateClusterEgressRuleSet, validateEgressRuleSet } from '../../rules/index.ts';
import { mergeConditions, recordTransitions } from '../conditions.ts';
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
import type { AgentGenerations } from '../state/agent-generations.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { readyReplicas } from '../state/ready-replicas.ts';
import { enqueueWaiters, replicaStates } from '../state/replica-agreement.ts';
import { planRuleSetStatus, type ServingProxy } from './plan-rule-set.ts';
import { proxiesOfClusterRuleSet, proxiesOfRuleSet } from './serving-proxies.ts';

const NAME = 'ruleSets';

/** Writes whether a rule set is valid and decides requests. Key: the EgressRuleSet or ClusterEgressRuleSet. */
export const ruleSetController: Controller<[Deps, LeaderState]> = {
  name: NAME,
  concurrency: 8,
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
        watch(reflectors.ruleSets, enqueueObject),
        watch(reflectors.clusterRuleSets, enqueueObject),
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
  const found = findRuleSet(key, deps);
  if (found === undefined || isTerminating(found.set, deps)) return undefined;
  const { set, faults, proxies } = found;
  const { generation = 0 } = set.metadata;
  const before = set.status?.conditions;
  const plan = planRuleSetStatus({
    generation,
    targets: set.spec?.targets?.length ?? 0,
    faults,
    proxies: faults.length > 0 ? [] : proxies.map((proxy) => serving(proxy, set, generations, deps)),
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
  return undefined;
}

/** In a terminating namespace a status is of no use. */
function isTerminating(
  { metadata }: EgressRuleSet | ClusterEgressRuleSet,
  { reflectors }: Pick<Deps, 'reflectors'>,
): boolean {
  const namespace = reflectors.namespaces.store.get(metadata.namespace ?? '');
  return metadata.deletionTimestamp !== undefined || namespace?.terminating === true;
}

/** Ready only sums up the other two conditions. */
const isNews = ({ type }: { type: string }): boolean => type !== 'Ready';

function findRuleSet(key: string, { reflectors, facts }: Pick<Deps, 'reflectors' | 'facts'>) {
  const proxies = reflectors.proxies.store.list().map((proxy) => ({ proxy, clients: facts.servedBy(proxy) }));
  const set = reflectors.ruleSets.store.get(key);
  if (set !== undefined) {
    return {
      set,
      faults: validateEgressRuleSet(set).faults,
      proxies: proxiesOfRuleSet(servingOf(set, reflectors, facts), proxies),
    };
  }
  const clusterSet = reflectors.clusterRuleSets.store.get(key);
  if (clusterSet === undefined) return undefined;
  const { faults } = validateClusterEgressRuleSet(clusterSet);
  return { set: clusterSet, faults, proxies: proxiesOfClusterRuleSet(clusterSet, proxies) };
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
  const { uid = '', generation = 0 } = set.metadata;
  const replicas = readyReplicas(proxy, reflectors.pods.store);
  const waiter = { controller: NAME, key: keyOf(set) };
  return { key: keyOf(proxy), replicas: replicaStates(generations, replicas, { uid, generation }, waiter) };
}
