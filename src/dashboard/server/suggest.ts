import {
  API_VERSION,
  type EgressActivity,
  type EgressProxy,
  type EgressRuleSet,
  readMode,
} from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  type Namespace,
  type Resource,
  resources,
} from '../../kube/index.ts';
import {
  type NamespaceRules,
  observedTargets,
  type SuggestedTarget,
  type Suggestion,
  simulateChange,
  suggestRuleSet,
} from '../../rule-changes/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import type { SuggestionView } from '../wire.ts';

/** Names below one domain from which a wildcard replaces them, as in the plugin. */
const GROUP_FROM = 5;

export interface SuggestSources {
  state: ClusterState;
  client: Pick<KubeClient, 'list' | 'get'>;
}

/** The rule set that allows what the namespace requested, and what enforce mode would refuse with it. */
export async function suggest(
  { state, client }: SuggestSources,
  name: string,
  activity: EgressActivity | undefined,
): Promise<SuggestionView> {
  const [namespace, clusterRuleSets, targetGroups] = await Promise.all([
    client.get<Namespace>(resources.namespaces, { name }),
    listUnlessForbidden(client, resources.clusterEgressRuleSets),
    listUnlessForbidden(client, resources.egressTargetGroups),
  ]);
  const { mode, proxy, targets = [] } = activity?.status ?? {};
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
  const observed = observedTargets(targets, '');
  const ruleSet = nameOf(rules);
  const suggestion = suggestRuleSet({ rules, name: ruleSet, observed, groupFrom: GROUP_FROM });
  const isEmpty = suggestion.targets.length + suggestion.targetGroups.length === 0;
  const put = isEmpty ? [] : [ruleSetOf(name, ruleSet, suggestion)];
  const refused = simulateChange(rules, { put }, observed).filter(
    ({ outcome }) => outcome === 'newlyRefused',
  );
  return {
    name: ruleSet,
    targets: suggestion.targets.map(viewTarget),
    targetGroups: suggestion.targetGroups.map((group) => group.name),
    leftOut: suggestion.leftOut.map(({ observed: { target }, reason }) => ({ target, reason })),
    stillRefused: refused.map(({ observed: { target } }) => target),
    knowsClusterRules: clusterRuleSets !== undefined,
  };
}

/** Undefined if the user of a local dashboard may not list them. */
async function listUnlessForbidden<T extends KubeObject>(
  client: SuggestSources['client'],
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

/** As the plugin names it, unless that one is for some pods only: a suggestion is for all of them. */
function nameOf({ namespace, ruleSets }: NamespaceRules): string {
  const existing = ruleSets.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === 'suggested',
  );
  return existing?.spec.podSelector === undefined ? 'suggested' : 'suggested-for-all-pods';
}

const ruleSetOf = (
  namespace: string,
  name: string,
  { targets, targetGroups }: Suggestion,
): EgressRuleSet => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { namespace, name },
  spec: {
    targets: targets.map(({ target }) => target),
    targetGroups: targetGroups.map((group) => group.name),
  },
});

function viewTarget({ target, observed, present }: SuggestedTarget): SuggestionView['targets'][number] {
  return { target, present, requests: observed.reduce((sum, { count }) => sum + count, 0) };
}
