import { ACTIVITY_NAME, type EgressActivity } from '../../api/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import { BY_NAMESPACE } from '../follow-cluster.ts';
import { countWouldDeny, totalCounts, totalRequests } from '../records/index.ts';
import type { DashboardFlow, NamespaceSummary } from '../wire.ts';

/** The namespaces in a line each. */
export function summarize(state: ClusterState, names: readonly string[]): NamespaceSummary[] {
  const refusals = lastRefusals(state);
  return names.map((name) => summaryOf(state, name, refusals.get(name)));
}

function summaryOf(
  state: ClusterState,
  name: string,
  lastRefusal: DashboardFlow | undefined,
): NamespaceSummary {
  const { status: written = {} } = activityOf(state, name) ?? {};
  const { mode, proxy, conditions = [], lastRefused } = written;
  const input = { written, reports: state.board.reports, namespace: name, now: state.clock.now() };
  return {
    name,
    ...(mode !== undefined && { mode }),
    ...(proxy !== undefined && { proxy }),
    conditions,
    ...totalRequests(input),
    // Only there is anything counted so.
    wouldDeny: mode === 'observe' ? countWouldDeny(totalCounts(input)) : 0,
    ruleSets: state.followers.ruleSets.store.byIndex(BY_NAMESPACE, name).length,
    ...(lastRefusal !== undefined && { lastRefusal }),
    ...(lastRefused !== undefined && { lastRefused }),
  };
}

export function activityOf({ followers }: ClusterState, name: string): EgressActivity | undefined {
  return followers.activities.store.get(`${name}/${ACTIVITY_NAME}`);
}

/** By namespace. */
function lastRefusals({ flows }: ClusterState): Map<string, DashboardFlow> {
  const newest = new Map<string, DashboardFlow>();
  for (const flow of flows.newest()) {
    const { namespace, verdict, wouldDeny } = flow;
    if (namespace !== undefined && (verdict === 'deny' || wouldDeny) && !newest.has(namespace)) {
      newest.set(namespace, flow);
    }
  }
  return newest;
}
