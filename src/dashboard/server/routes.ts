import { ACTIVITY_NAME } from '../../api/index.ts';
import { type KubeClient, type Pod, resources } from '../../kube/index.ts';
import {
  activityPermission,
  findVisible,
  podsPermission,
  proxiesPermission,
  ruleSetsPermission,
  type Viewer,
  type Visible,
} from '../access/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import { BY_NAMESPACE } from '../follow-cluster.ts';
import { rulesOf, totalCounts } from '../records/index.ts';
import { activityOf, summarize, viewPods, viewProxies, viewRuleSets } from '../views/index.ts';
import type {
  AgentState,
  FlowAnswer,
  NamespaceView,
  Overview,
  PodsView,
  ProxiesView,
  Session,
} from '../wire.ts';
import type { Asked, Routes } from './server.ts';

export interface RouteParts {
  state: ClusterState;
  client: Pick<KubeClient, 'list' | 'get'>;
  productNamespace: string;
  session: Omit<Session, 'viewer'>;
}

/** Flows in one answer. */
const PAGE = 5_000;

/** The read API: every answer holds what its viewer may see, and nothing else. */
export function routes(parts: RouteParts): Routes {
  return {
    '/session': async ({ name }): Promise<Session> => ({ viewer: name, ...parts.session }),
    '/overview': (viewer) => overview(parts, viewer),
    '/flows': (viewer, asked) => flows(parts, viewer, asked),
    '/namespaces/:name': (viewer, { params }) => namespaceView(parts, viewer, params['name'] ?? ''),
    '/proxies': (viewer) => proxies(parts, viewer),
  };
}

async function overview({ state }: RouteParts, viewer: Viewer): Promise<Overview> {
  await state.board.refresh();
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

async function flows({ state }: RouteParts, viewer: Viewer, { query }: Asked): Promise<FlowAnswer> {
  await state.board.refresh();
  const visible = await findVisible(viewer, state.namespaces);
  const isVisible = (namespace: string | undefined) =>
    visible.all || (namespace !== undefined && visible.has(namespace));
  const answer = state.flows.read({ after: query['after'], limit: PAGE, visible: isVisible });
  return { ...answer, agents: agentsFor(state, visible) };
}

async function namespaceView(
  parts: RouteParts,
  viewer: Viewer,
  name: string,
): Promise<NamespaceView | undefined> {
  const { state } = parts;
  if (!state.namespaces.includes(name) || !(await viewer.may(activityPermission(name)))) return undefined;
  await state.board.refresh();
  const [summary] = summarize(state, [name]);
  if (summary === undefined) return undefined;
  const activity = activityOf(state, name);
  const { reports } = state.board;
  const counts = totalCounts({
    written: activity?.status ?? {},
    reports,
    namespace: name,
    now: state.clock.now(),
  });
  const [mayListRuleSets, pods] = await Promise.all([
    viewer.may(ruleSetsPermission(name)),
    podsOf(parts, viewer, name),
  ]);
  const ruleSets = state.followers.ruleSets.store.byIndex(BY_NAMESPACE, name);
  const since = activity?.metadata.creationTimestamp;
  return {
    summary,
    series: state.buckets.series([name], state.clock.now()),
    ...(mayListRuleSets && { ruleSets: viewRuleSets(ruleSets, rulesOf(counts)) }),
    source: reports.length > 0 ? 'agents' : 'activity',
    targets: counts.targets ?? [],
    dropped: counts.dropped ?? 0,
    ...(since !== undefined && { since }),
    ...(pods !== undefined && { pods }),
    agents: state.board.states.filter(({ proxy }) => proxy === summary.proxy),
  };
}

async function podsOf(parts: RouteParts, viewer: Viewer, name: string): Promise<PodsView | undefined> {
  const { state, client, productNamespace } = parts;
  if (!(await viewer.may(podsPermission(name)))) return undefined;
  const [namespace, pods] = await Promise.all([
    client.get(resources.namespaces, { name }),
    client.list<Pod>(resources.pods, { namespace: name }),
  ]);
  return viewPods({
    namespace,
    pods: pods.items,
    proxies: state.followers.proxies?.store.list() ?? [],
    productNamespace,
    seen: podsSeen(state, name),
  });
}

function podsSeen({ flows }: ClusterState, name: string): Set<string> {
  const seen = new Set<string>();
  for (const { namespace, pod } of flows.newest()) if (namespace === name && pod !== undefined) seen.add(pod);
  return seen;
}

async function proxies({ state }: RouteParts, viewer: Viewer): Promise<ProxiesView> {
  await state.board.refresh();
  const all = state.followers.proxies?.store.list() ?? [];
  const allowed = await Promise.all(
    all.map(({ metadata }) => viewer.may(proxiesPermission(metadata.namespace ?? ''))),
  );
  return {
    proxies: viewProxies({
      proxies: all.filter((_, index) => allowed[index]),
      agents: state.board.states,
      flows: state.flows.newest(),
    }),
  };
}

/** The agents of the proxies that serve what is seen. */
function agentsFor({ board, followers }: ClusterState, { all, names }: Visible): AgentState[] {
  if (all) return board.states;
  const activities = names.map((name) => followers.activities.store.get(`${name}/${ACTIVITY_NAME}`));
  const serving = new Set(activities.map((activity) => activity?.status?.proxy));
  return board.states.filter(({ proxy }) => serving.has(proxy));
}
