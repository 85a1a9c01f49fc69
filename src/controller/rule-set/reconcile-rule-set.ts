import type {
  ClusterEgressRuleSet,
  EgressProxy,
  EgressRuleSet,
  EgressRuleSetStatus,
} from '../../api/index.ts';
import { servingProxy } from '../../injection/index.ts';
import { keyOf } from '../../kube/index.ts';
import { validateClusterEgressRuleSet, validateEgressRuleSet } from '../../rules/index.ts';
import { mergeConditions } from '../conditions.ts';
import type { Context } from '../context.ts';
import type { ClusterView, Followers } from '../follow/index.ts';
import { readyReplicas, replicaStates } from '../generations/index.ts';
import { writeStatus } from '../objects/index.ts';
import { waiterOf } from '../queues.ts';
import { recordTransitions } from '../record-transitions.ts';
import { planRuleSetStatus, type ServingProxy } from './plan-rule-set.ts';
import { proxiesOfClusterRuleSet, proxiesOfRuleSet } from './serving-proxies.ts';

/** Says how one rule set stands. The key of a cluster rule set has no namespace. */
export async function reconcileRuleSet(key: string, context: Context, signal: AbortSignal): Promise<void> {
  const found = findRuleSet(key, context);
  if (found === undefined || isGoing(found.set, context)) return;
  const { set, faults, proxies } = found;
  const { generation = 0 } = set.metadata;
  const before = set.status?.conditions;
  const plan = planRuleSetStatus({
    generation,
    targets: set.spec?.targets?.length ?? 0,
    faults,
    proxies: faults.length > 0 ? [] : proxies.map((proxy) => serving(proxy, set, key, context)),
    previous: before,
  });
  const conditions = mergeConditions(before, plan.conditions, { generation, now: context.clock.now() });
  const status: EgressRuleSetStatus = {
    conditions,
    observedGeneration: generation,
    targets: plan.targets,
    proxies: plan.proxies,
  };
  if (await writeStatus(context.client, set, status, signal)) {
    recordTransitions(context.events, set, { before, after: conditions.filter(isNews) });
  }
}

/** In a namespace that is on its way out nobody reads a status any more. */
function isGoing({ metadata }: EgressRuleSet | ClusterEgressRuleSet, { followers }: Context): boolean {
  const namespace = followers.namespaces.store.get(metadata.namespace ?? '');
  return metadata.deletionTimestamp !== undefined || namespace?.terminating === true;
}

/** Ready only sums up the other two. */
const isNews = ({ type }: { type: string }): boolean => type !== 'Ready';

function findRuleSet(key: string, { followers, view }: Context) {
  const proxies = followers.proxies.store.list().map((proxy) => ({ proxy, clients: view.servedBy(proxy) }));
  const set = followers.ruleSets.store.get(key);
  if (set !== undefined) {
    return {
      set,
      faults: validateEgressRuleSet(set).faults,
      proxies: proxiesOfRuleSet(servingOf(set, followers, view), proxies),
    };
  }
  const clusterSet = followers.clusterRuleSets.store.get(key);
  if (clusterSet === undefined) return undefined;
  const { faults } = validateClusterEgressRuleSet(clusterSet);
  return { set: clusterSet, faults, proxies: proxiesOfClusterRuleSet(clusterSet, proxies) };
}

function servingOf({ metadata }: EgressRuleSet, followers: Followers, view: ClusterView): string | undefined {
  const namespace = followers.namespaces.store.get(metadata.namespace ?? '');
  return namespace === undefined || namespace.terminating ? undefined : servingProxy(view.served(namespace));
}

function serving(
  proxy: EgressProxy,
  { metadata }: EgressRuleSet | ClusterEgressRuleSet,
  key: string,
  { board, followers }: Context,
): ServingProxy {
  const { uid = '', generation = 0 } = metadata;
  const replicas = readyReplicas(proxy, followers.pods.store);
  return {
    key: keyOf(proxy),
    replicas: replicaStates(board, replicas, { uid, generation }, waiterOf('ruleSets', key)),
  };
}
