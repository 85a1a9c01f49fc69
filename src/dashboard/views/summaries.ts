import { ACTIVITY_NAME, type EgressActivity } from '../../api/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import { BY_NAMESPACE } from '../follow-cluster.ts';
import { countWouldDeny, sumCounts, writtenCounts } from '../records/index.ts';
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
  const { mode, proxy, conditions = [], ...written } = activityOf(state, name)?.status ?? {};
  const { reports } = state.board;
  const counts = reports.length > 0 ? sumCounts(reports, name) : writtenCounts(written);
  return {
    name,
    ...(mode !== undefined && { mode }),
    ...(proxy !== undefined && { proxy }),
    conditions,
    requests: counts.requests,
    denied: counts.denied,
    wouldDeny: countWouldDeny(counts),
    ruleSets: state.followers.ruleSets.store.byIndex(BY_NAMESPACE, name).length,
    ...(lastRefusal !== undefined && { lastRefusal }),
  };
}

function activityOf({ followers }: ClusterState, name: string): EgressActivity | undefined {
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
