import { ACTIVITY_NAME, type ActivityCounts, type EgressActivity, MANAGER } from '../../api/index.ts';
import { hasNews, mergeCounts } from '../../counts/index.ts';
import { isConflict, keyOf, type Reconciled } from '../../kube/index.ts';
import type { Context } from '../context.ts';

/** Owns the counts; conditions and the rest of the status are another's. */
const STATUS_MANAGER = `${MANAGER}-activity`;
/** Milliseconds until the cache shows what somebody else has written meanwhile. */
const AFTER_CONFLICT = 200;

/** Adds what agents have counted to the EgressActivity of one namespace, once an interval at most. */
export async function reconcileActivity(
  namespace: string,
  context: Context,
  signal: AbortSignal,
): Promise<Reconciled> {
  const { followers, reports, clock, settings } = context;
  const activity = followers.activities.store.get(keyOf({ metadata: { namespace, name: ACTIVITY_NAME } }));
  if (activity === undefined || activity.metadata.deletionTimestamp !== undefined) return undefined;
  const before = activity.status ?? {};
  const heard = reports.of(namespace);
  if (!hasNews(before, heard)) return undefined;
  const now = clock.now();
  const waitMs = untilDue(before.countedAt, now, settings.activityIntervalMs);
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  const counts = mergeCounts({
    before,
    reports: heard,
    isAlive: (mark) => followers.pods.store.get(mark.pod) !== undefined && !reports.isSuperseded(mark),
    now,
  });
  return (await write(activity, counts, context, signal)) ? undefined : { requeueAfterMs: AFTER_CONFLICT };
}

/** The clock of the leader before may have been ahead: nobody waits longer than the interval. */
function untilDue(countedAt: string | undefined, now: number, interval: number): number {
  const age = countedAt === undefined ? interval : now - Date.parse(countedAt);
  return age < 0 ? 0 : interval - age;
}

/** False where somebody has written in between: what was merged into is not what is there. */
async function write(
  { apiVersion, kind, metadata }: EgressActivity,
  status: ActivityCounts,
  { client }: Context,
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
