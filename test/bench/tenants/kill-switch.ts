import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditRecord } from '../../../src/api/index.ts';
import { floodWithoutPause } from './attacks.ts';
import { HOSTILE_NAMESPACE, type TenantsStage } from './tenants-stage.ts';

/** Milliseconds of the flood before the namespace is blocked, and after it. */
const FLOOD = 2000;
/** Milliseconds in which the audit log is complete after the flood. */
const PRINTED = 2000;

/**
 * Blocks the attacker's namespace while it floods the proxy. Milliseconds from the change of the namespace, as a watch
 * brings it, until the last request that was allowed; negative if none was allowed afterwards.
 */
export async function measureKillSwitch(stage: TenantsStage): Promise<number> {
  const stop = floodWithoutPause(stage, 'proxy');
  await sleep(FLOOD);
  const blockedAt = Date.now();
  await stage.block();
  await sleep(FLOOD);
  await stop();
  await sleep(PRINTED);
  const times = stage.squid
    .audit()
    .filter(isAllowed)
    .map(({ time }) => Date.parse(time));
  if (times.length === 0)
    throw new Error('no request of the flood was allowed before the namespace was blocked');
  return times.reduce((latest, time) => Math.max(latest, time)) - blockedAt;
}

function isAllowed({ namespace, verdict, phase }: AuditRecord): boolean {
  return namespace === HOSTILE_NAMESPACE && verdict === 'allow' && phase === undefined;
}
