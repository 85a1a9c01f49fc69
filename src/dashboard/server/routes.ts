import { ACTIVITY_NAME, type RuleUse } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import { type KubeClient, type Pod, resources } from '../../kube/index.ts';
import {
  activityPermission,
  approveOwnPermission,
  approvePermission,
  findVisible,
  podsPermission,
  proxiesPermission,
  requestsPermission,
  ruleSetsPermission,
  type Viewer,
  type Visible,
} from '../access/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import { rulesOf, totalCounts } from '../records/index.ts';
import {
  activityOf,
  buildPodsView,
  buildProxyViews,
  buildRequestViews,
  buildRuleSetViews,
  summarize,
} from '../views/index.ts';
import type {
  AgentState,
  FlowAnswer,
  NamespaceDetail,
  Overview,
  PodsView,
  ProxiesView,
  Session,
  SuggestionView,
} from '../wire.ts';
import type { QueryInput, Routes } from './read-api.ts';
import { simulate } from './simulate.ts';
import type { Simulate } from './simulation.ts';
import { suggest } from './suggest.ts';

export interface RoutesOptions {
  state: ClusterState;
  client: Pick<KubeClient, 'list' | 'get'>;
  productNamespace: string;
  session: Omit<Session, 'viewer'>;
}

/** Flows in one answer. */
const PAGE = 5_000;

/** Creates the routes of the read API. Each answer contains only what its viewer may see. */
export function createRoutes(options: RoutesOptions): Routes {
  return {
    '/session': async ({ name }): Promise<Session> => ({ viewer: name, ...options.session }),
    '/overview': (viewer) => overview(options, viewer),
    '/flows': (viewer, input) => flows(options, viewer, input),
    '/namespaces/:name': (viewer, { params }) => namespaceDetail(options, viewer, params['name'] ?? ''),
    '/namespaces/:name/suggestion': (viewer, { params }) => suggestion(options, viewer, params['name'] ?? ''),
    '/proxies': (viewer) => proxies(options, viewer),
  };
}

async function overview({ state }: RoutesOptions, viewer: Viewer): Promise<Overview> {
  await state.agents.refresh();
  const now = state.clock.now();
  state.buckets.forgetBefore(now);
  const visible = await findVisible(viewer, state.namespaces);
  const { names, all } = visible;
  return {
    now: new Date(now).toISOString(),
    namespaces: summarize(state, names),
    series: state.buckets.series(all ? [...names, ''] : names, now),
    agents: agentsFor(state, visible),
  };
}

async function flows({ state }: RoutesOptions, viewer: Viewer, { query }: QueryInput): Promise<FlowAnswer> {
  await state.agents.refresh();
  const visible = await findVisible(viewer, state.namespaces);
  const isVisible = (namespace: string | undefined) =>
    visible.all || (namespace !== undefined && visible.has(namespace));
  const answer = state.flows.read({ after: query['after'], limit: PAGE, visible: isVisible });
  return { ...answer, agents: agentsFor(state, visible) };
}

async function namespaceDetail(
  options: RoutesOptions,
  viewer: Viewer,
  name: string,
): Promise<NamespaceDetail | undefined> {
  const { state } = options;
  if (!state.namespaces.includes(name) || !(await viewer.may(activityPermission(name)))) return undefined;
  await state.agents.refresh();
  const [summary] = summarize(state, [name]);
  if (summary === undefined) return undefined;
  const activity = activityOf(state, name);
  const { reports } = state.agents;
  const counts = totalCounts({
    written: activity?.status ?? {},
    reports,
    namespace: name,
    now: state.clock.now(),
  });
  const [rules, pods] = await Promise.all([
    rulesAndRequests(state, viewer, name, rulesOf(counts)),
    podsOf(options, viewer, name),
  ]);
  const since = activity?.metadata.creationTimestamp;
  return {
    summary,
    series: state.buckets.series([name], state.clock.now()),
    ...rules,
    source: reports.length > 0 ? 'agents' : 'activity',
    targets: counts.targets ?? [],
    dropped: counts.dropped ?? 0,
    ...(since !== undefined && { since }),
    ...(pods !== undefined && { pods }),
    agents: state.agents.states.filter(({ proxy }) => proxy === summary.proxy),
  };
}

async function rulesAndRequests(
  { reflectors: { ruleSets, requests } }: ClusterState,
  viewer: Viewer,
  name: string,
  hits: ReadonlyMap<string, RuleUse>,
): Promise<Pick<NamespaceDetail, 'ruleSets' | 'requests' | 'mayAnswer' | 'mayApproveOwn'>> {
  const permissions = [ruleSetsPermission, requestsPermission, approvePermission, approveOwnPermission];
  const [mayListRuleSets, mayListRequests, mayAnswer, mayApproveOwn] = await Promise.all(
    permissions.map((permissionIn) => viewer.may(permissionIn(name))),
  );
  return {
    ...(mayListRuleSets && {
      ruleSets: buildRuleSetViews(ruleSets.store.byIndex(BY_NAMESPACE, name), hits),
    }),
    ...(mayListRequests && { requests: buildRequestViews(requests.store.byIndex(BY_NAMESPACE, name)) }),
    mayAnswer: mayAnswer === true,
    mayApproveOwn: mayApproveOwn === true,
  };
}

async function suggestion(
  { state, client }: RoutesOptions,
  viewer: Viewer,
  name: string,
): Promise<SuggestionView | undefined> {
  const mayTry = await mayTryRules(state, viewer, name);
  return mayTry ? suggest({ state, client }, name, activityOf(state, name)) : undefined;
}

/** Whether the viewer sees what a suggestion and a simulation are made of. */
async function mayTryRules(state: ClusterState, viewer: Viewer, name: string): Promise<boolean> {
  if (!state.namespaces.includes(name)) return false;
  const allowed = await Promise.all(
    [activityPermission(name), ruleSetsPermission(name)].map((permission) => viewer.may(permission)),
  );
  return allowed.every(Boolean);
}

/** Creates the handler of simulations, with what their viewer may see. */
export function createSimulate({ state, client }: Pick<RoutesOptions, 'state' | 'client'>): Simulate {
  return async (viewer, namespace, { objects }) => {
    if (!(await mayTryRules(state, viewer, namespace))) return undefined;
    const pods = (await viewer.may(podsPermission(namespace)))
      ? (await client.list<Pod>(resources.pods, { namespace })).items
      : undefined;
    const activity = activityOf(state, namespace);
    return simulate({ state, client }, { namespace, activity, pods, objects });
  };
}

async function podsOf(options: RoutesOptions, viewer: Viewer, name: string): Promise<PodsView | undefined> {
  const { state, client, productNamespace } = options;
  if (!(await viewer.may(podsPermission(name)))) return undefined;
  const [namespace, pods] = await Promise.all([
    client.get(resources.namespaces, { name }),
    client.list<Pod>(resources.pods, { namespace: name }),
  ]);
  return buildPodsView({
    namespace,
    pods: pods.items,
    proxies: state.reflectors.proxies?.store.list() ?? [],
    productNamespace,
    seen: podsWithRequests(state, name),
  });
}

function podsWithRequests({ flows }: ClusterState, name: string): Set<string> {
  const seen = new Set<string>();
  for (const { namespace, pod } of flows.values()) if (namespace === name && pod !== undefined) seen.add(pod);
  return seen;
}

async function proxies({ state }: RoutesOptions, viewer: Viewer): Promise<ProxiesView> {
  await state.agents.refresh();
  const all = state.reflectors.proxies?.store.list() ?? [];
  const allowed = await Promise.all(
    all.map(({ metadata }) => viewer.may(proxiesPermission(metadata.namespace ?? ''))),
  );
  return {
    proxies: buildProxyViews({
      proxies: all.filter((_, index) => allowed[index]),
      agents: state.agents.states,
      flows: state.flows.values(),
    }),
  };
}

/** Lists the agents of the proxies that serve the visible namespaces. */
function agentsFor({ agents, reflectors }: ClusterState, { all, names }: Visible): AgentState[] {
  if (all) return agents.states;
  const activities = names.map((name) => reflectors.activities.store.get(`${name}/${ACTIVITY_NAME}`));
  const serving = new Set(activities.map((activity) => activity?.status?.proxy));
  return agents.states.filter(({ proxy }) => serving.has(proxy));
}
