import { ACTIVITY_NAME, type EgressActivity } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import type { ClusterState } from '../cluster-state.ts';
import { countWouldDeny, totalCounts, totalRequests } from '../records/index.ts';
import type { DashboardFlow, NamespaceSummary } from '../wire.ts';

/** Summarizes each namespace. */
export function summarize(state: ClusterState, names: readonly string[]): NamespaceSummary[] {
  const refusals = lastRefusals(state.flows.values());
  return names.map((name) => summaryOf(state, name, refusals.get(name)));
}

function summaryOf(
  state: ClusterState,
  name: string,
  lastRefusal: DashboardFlow | undefined,
): NamespaceSummary {
  const { status: written = {} } = activityOf(state, name) ?? {};
  const { mode, proxy, conditions = [], lastRefused } = written;
  const input = { written, reports: state.agents.reports, namespace: name, now: state.clock.now() };
  return {
    name,
    ...(mode !== undefined && { mode }),
    ...(proxy !== undefined && { proxy }),
    conditions,
    ...totalRequests(input),
    // Only observe mode counts these.
    wouldDeny: mode === 'observe' ? countWouldDeny(totalCounts(input)) : 0,
    ruleSets: state.reflectors.ruleSets.store.byIndex(BY_NAMESPACE, name).length,
    ...(lastRefusal !== undefined && { lastRefusal }),
    ...(lastRefused !== undefined && { lastRefused }),
  };
}

export function activityOf({ reflectors }: ClusterState, name: string): EgressActivity | undefined {
  return reflectors.activities.store.get(`${name}/${ACTIVITY_NAME}`);
}

/** Returns the refusal with the latest time in each namespace. */
export function lastRefusals(flows: Iterable<DashboardFlow>): Map<string, DashboardFlow> {
  const last = new Map<string, DashboardFlow>();
  for (const flow of flows) {
    const { namespace, verdict, wouldDeny } = flow;
    if (namespace === undefined || (verdict !== 'deny' && !wouldDeny)) continue;
    const known = last.get(namespace);
    // RFC 3339 in UTC with milliseconds sorts as text.
    if (known === undefined || known.time <= flow.time) last.set(namespace, flow);
  }
  return last;
}
