import { type EgressActivity, type EgressProxy, type EgressRuleSet, readMode } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  type Namespace,
  type Resource,
  resources,
} from '../../kube/index.ts';
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
    listUnlessForbidden(client, resources.clusterEgressRuleSets),
    listUnlessForbidden(client, resources.egressTargetGroups),
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

/** Undefined if the user of a local dashboard may not list them. */
async function listUnlessForbidden<T extends KubeObject>(
  client: RuleSources['client'],
  resource: Resource<T>,
): Promise<T[] | undefined> {
  try {
    return (await client.list(resource)).items;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
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
