import type { EgressProxyStatus } from '../api/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import { mergeConditions, type Stated } from './conditions.ts';
import type { Followers } from './follow/index.ts';
import { writeStatus } from './objects/index.ts';

/** Milliseconds between two looks at what is still missing. */
const LOOK_EVERY = 2_000;

export interface Obstacle {
  reason: 'CrdMissing' | 'PermissionDenied';
  message: string;
}

/** What keeps the caches from filling, for a log line, a readiness line and a condition. */
export function obstacles(followers: Followers): Obstacle[] {
  return Object.values(followers).flatMap(({ hasSynced, health }): Obstacle[] => {
    if (hasSynced || health.ok) return [];
    const { reason, message } = health;
    return reason === 'CrdMissing' || reason === 'PermissionDenied' ? [{ reason, message }] : [];
  });
}

/**
 * Resolves when every cache is filled. As long as a kind is not served or may not be read, the EgressProxies say so:
 * otherwise nothing would tell why nothing happens.
 */
export async function waitForCaches(
  followers: Followers,
  { client, clock, log }: { client: KubeClient; clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const all = Object.values(followers);
  while (!signal.aborted && all.some(({ hasSynced }) => !hasSynced)) {
    await Promise.race([
      Promise.all(all.map((follower) => follower.synced(signal))),
      sleep(clock, LOOK_EVERY, signal),
    ]);
    const [obstacle] = obstacles(followers);
    if (obstacle === undefined) continue;
    await report(followers, obstacle, client, clock, signal).catch((err) =>
      log.warn({ err }, 'the EgressProxies cannot be told what is missing'),
    );
  }
  signal.throwIfAborted();
}

async function report(
  { proxies }: Followers,
  { reason, message }: Obstacle,
  client: KubeClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const programmed: Stated = { type: 'Programmed', status: 'False', reason, message };
  for (const proxy of proxies.store.list()) {
    const { generation } = proxy.metadata;
    const before = proxy.status?.conditions ?? [];
    const others = before.filter(({ type }) => type === 'Accepted' || type === 'Ready');
    const stated = mergeConditions(before, [programmed], { generation, now: clock.now() });
    const status: EgressProxyStatus = { ...proxy.status, conditions: [...others, ...stated] };
    await writeStatus(client, proxy, status, signal);
  }
}
