import { ACTIVITY_NAME, type ActivityCounts, type EgressActivity, MANAGER } from '../../api/index.ts';
import { hasNews, mergeCounts } from '../../counts/index.ts';
import { isConflict, keyOf, type ReconcileResult } from '../../kube/index.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import type { AgentReports } from '../state/agent-reports.ts';
import type { LeaderState } from '../state/leader-state.ts';

/** Owns the counts and no other part of the status. */
const STATUS_MANAGER = `${MANAGER}-activity`;
/** Milliseconds until the cache has what another writer has written in the meantime. */
const AFTER_CONFLICT = 200;

/** Adds the counts of the agents to the EgressActivity of a namespace. Key: the namespace. */
export const activityController: Controller<[Deps, LeaderState]> = {
  name: 'activity',
  concurrency: 8,
  stage: 'report',
  create: (deps, { reports }) => ({
    watches: [watch(reports, () => enqueueCounted(reports, deps))],
    reconcile: (namespace, signal) => reconcileActivity(namespace, reports, deps, signal),
  }),
};

/** Enqueues the namespaces that agents have counted requests of. The schema has the zeros of all others. */
function enqueueCounted(reports: AgentReports, { reflectors }: Pick<Deps, 'reflectors'>): string[] {
  const counted = reports.namespaces();
  return reflectors.activities.store.list().flatMap(({ metadata: { namespace = '' } }) => {
    return counted.has(namespace) ? [namespace] : [];
  });
}

/** Writes at most once an interval. */
export async function reconcileActivity(
  namespace: string,
  reports: AgentReports,
  { client, reflectors, clock, settings }: Pick<Deps, 'client' | 'reflectors' | 'clock' | 'settings'>,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const activity = reflectors.activities.store.get(keyOf({ metadata: { namespace, name: ACTIVITY_NAME } }));
  if (activity === undefined || activity.metadata.deletionTimestamp !== undefined) return undefined;
  const before = activity.status ?? {};
  const reported = reports.countsOf(namespace);
  if (!hasNews(before, reported)) return undefined;
  const now = clock.now();
  const waitMs = msUntilDue(before.countedAt, now, settings.activityIntervalMs);
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  const counts = mergeCounts({
    before,
    reports: reported,
    isAlive: (mark) => reflectors.pods.store.get(mark.pod) !== undefined && !reports.isSuperseded(mark),
    now,
  });
  return (await write(activity, counts, client, signal)) ? undefined : { requeueAfterMs: AFTER_CONFLICT };
}

/** Never more than the interval: the clock of the previous leader may have been ahead. */
function msUntilDue(countedAt: string | undefined, now: number, interval: number): number {
  const age = countedAt === undefined ? interval : now - Date.parse(countedAt);
  return age < 0 ? 0 : interval - age;
}

/** False if the object has changed since it was read, so that the counts must be merged again. */
async function write(
  { apiVersion, kind, metadata }: EgressActivity,
  status: ActivityCounts,
  client: Deps['client'],
  signal: AbortSignal,
): Promise<boolean> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const identity = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  try {
    const body = { apiVersion, kind, metadata: identity, status };
    await client.applyStatus(body, { fieldManager: STATUS_MANAGER, force: true, signal });
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}
