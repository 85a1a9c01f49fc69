import type { EgressProxyStatus } from '../api/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import type { Reflectors } from './cache/reflectors.ts';
import { type ConditionUpdate, mergeConditions } from './conditions.ts';
import { writeStatus } from './objects/index.ts';

/** Milliseconds between two checks of what is still missing. */
const CHECK_EVERY = 2_000;

export interface Obstacle {
  reason: 'CrdMissing' | 'PermissionDenied';
  message: string;
}

/** Why caches cannot be filled, for the log, the readiness and a condition. */
export function obstacles(reflectors: Reflectors): Obstacle[] {
  return Object.values(reflectors).flatMap(({ hasSynced, health }): Obstacle[] => {
    if (hasSynced || health.ok) return [];
    const { reason, message } = health;
    return reason === 'CrdMissing' || reason === 'PermissionDenied' ? [{ reason, message }] : [];
  });
}

/**
 * Resolves when every cache is filled. Until then nothing is reconciled, so that a kind which is not served or must not
 * be read is reported on the EgressProxies.
 */
export async function waitForCaches(
  reflectors: Reflectors,
  { client, clock, log }: { client: KubeClient; clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const all = Object.values(reflectors);
  while (!signal.aborted && all.some(({ hasSynced }) => !hasSynced)) {
    await Promise.race([
      Promise.all(all.map((reflector) => reflector.synced(signal))),
      sleep(clock, CHECK_EVERY, signal),
    ]);
    const [obstacle] = obstacles(reflectors);
    if (obstacle === undefined) continue;
    await report(reflectors, obstacle, client, clock, signal).catch((err) =>
      log.warn({ err, obstacle: obstacle.message }, 'the status of the EgressProxies cannot be written'),
    );
  }
  signal.throwIfAborted();
}

async function report(
  { proxies }: Reflectors,
  { reason, message }: Obstacle,
  client: KubeClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const programmed: ConditionUpdate = { type: 'Programmed', status: 'False', reason, message };
  for (const proxy of proxies.store.list()) {
    const { generation } = proxy.metadata;
    const before = proxy.status?.conditions ?? [];
    const others = before.filter(({ type }) => type === 'Accepted' || type === 'Ready');
    const merged = mergeConditions(before, [programmed], { generation, now: clock.now() });
    const status: EgressProxyStatus = { ...proxy.status, conditions: [...others, ...merged] };
    await writeStatus(client, proxy, status, signal);
  }
}
