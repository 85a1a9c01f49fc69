import { type EgressActivity, type EgressProxy, type EgressRuleSet, readMode } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import { type KubeClient, listAllowed, type Namespace, resources } from '../../kube/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';
import type { ClusterState } from '../cluster-state.ts';

export interface RuleSources {
  state: ClusterState;
  client: Pick<KubeClient, 'list' | 'get'>;
}

/** What decides the requests of a namespace now. */
export interface GatheredRules {
  rules: NamespaceRules;
  /** False if the user of a local dashboard may not list ClusterEgressRuleSets, which then decide nothing. */
  knowsClusterRules: boolean;
}

/** Reads what decides the requests of a namespace. */
export async function gatherRules(
  { state, client }: RuleSources,
  name: string,
  activity: EgressActivity | undefined,
): Promise<GatheredRules> {
  const [namespace, clusterRuleSets, targetGroups] = await Promise.all([
    client.get<Namespace>(resources.namespaces, { name }),
    listAllowed(client, resources.clusterEgressRuleSets),
    listAllowed(client, resources.egressTargetGroups),
  ]);
  const { mode, proxy } = activity?.status ?? {};
  const servedBy = proxy === undefined ? undefined : state.reflectors.proxies?.store.get(proxy);
  const rules: NamespaceRules = {
    namespace: name,
    namespaceLabels: namespace.metadata.labels ?? {},
    mode: readMode(mode) ?? 'none',
    proxy: servedBy,
    ruleSets: ruleSetsFor(state, name, servedBy),
    clusterRuleSets: clusterRuleSets ?? [],
    targetGroups: targetGroups ?? [],
    now: state.clock.now(),
  };
  return { rules, knowsClusterRules: clusterRuleSets !== undefined };
}

/** The rule sets that can decide requests of the namespace. */
function ruleSetsFor(
  { reflectors }: ClusterState,
  name: string,
  proxy: EgressProxy | undefined,
): EgressRuleSet[] {
  const { store } = reflectors.ruleSets;
  return proxy?.spec.ruleSetScope === 'Cluster' ? store.list() : store.byIndex(BY_NAMESPACE, name);
}
