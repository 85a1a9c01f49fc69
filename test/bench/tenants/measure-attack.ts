import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadReport } from '../load.ts';
import type { Attack } from './attacks.ts';
import type { AttackFigures, VictimFigures } from './tenants-section.ts';
import type { Place, TenantsStage } from './tenants-stage.ts';

/** Seconds until the traffic elsewhere is steady, at most. */
const FLOOR_RAMP = 3;
/** Seconds between the end of an attack and the next measurement. */
const SETTLE = 1;

/** What the victim gets before, during and after an attack, each for some seconds, and beside the same load elsewhere. */
export async function measureAttack(
  stage: TenantsStage,
  attack: Attack,
  { seconds, hasFloor }: { seconds: number; hasFloor: boolean },
): Promise<AttackFigures> {
  const victim = async () => figuresOf(await stage.victim(seconds));
  const beside = async (at: Place, rampSeconds: number) => {
    const stop = attack.start(stage, at);
    await sleep(rampSeconds * 1000);
    const found = await victim();
    await stop();
    await sleep(SETTLE * 1000);
    return found;
  };
  const { squid, agent } = stage.network;
  const before = await victim();
  const floor = hasFloor ? await beside('elsewhere', Math.min(FLOOR_RAMP, attack.rampSeconds)) : undefined;
  squid.takePeak();
  agent.takePeak();
  const during = await beside('proxy', attack.rampSeconds);
  const memory = { squid: squid.takePeak(), agent: agent.takePeak() };
  const after = await victim();
  return { name: attack.name, before, floor, during, after, memory, intact: stage.isIntact };
}

function figuresOf({ p50, p99, answered, failed }: LoadReport): VictimFigures {
  return { p50, p99, answered, failed: Object.values(failed).reduce((sum, count) => sum + count, 0) };
}
