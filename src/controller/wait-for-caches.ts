import type { KubeClient } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import type { Reflectors } from './cache/reflectors.ts';
import { writeNotProgrammed } from './egress-proxy/write-proxy-status.ts';

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
  for (const proxy of proxies.store.list()) {
    await writeNotProgrammed(proxy, { reason, message }, { client, clock }, signal);
  }
}
