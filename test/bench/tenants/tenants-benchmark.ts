import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import type { LoadReport } from '../load.ts';
import { type Attack, attacks } from './attacks.ts';
import { measureKillSwitch } from './kill-switch.ts';
import { type AttackFigures, tenantsSection, type VictimFigures } from './tenants-section.ts';
import { TenantsStage } from './tenants-stage.ts';

/** Seconds until the traffic to a bare server is steady, at most. */
const FLOOR_RAMP = 3;
/** Seconds between the end of an attack and the next measurement. */
const SETTLE = 1;

/** What an attack from one namespace does to the requests of another one. */
export const tenantsBenchmark: Benchmark = {
  name: 'tenants',
  summary: 'what a victim in another namespace gets before, during and after each attack on a proxy pod',
  async run({ quick, progress }) {
    const figures: AttackFigures[] = [];
    let stage = await startStage();
    try {
      for (const attack of attacks) {
        const found = await measure(stage, attack, {
          seconds: quick ? 1 : 4,
          hasFloor: !quick && attack.hasFloor,
        });
        progress(`${attack.name}: ${JSON.stringify(found.during)}`);
        figures.push(found);
        if (stage.isIntact) continue;
        await stage.close();
        stage = await startStage();
      }
      return tenantsSection(figures, await measureKillSwitch(stage));
    } finally {
      await stage.close();
    }
  },
};

async function startStage(): Promise<TenantsStage> {
  const stage = new TenantsStage();
  await stage.start();
  // Code is compiled and names are known before something is measured.
  await stage.victim(2);
  return stage;
}

async function measure(
  stage: TenantsStage,
  attack: Attack,
  { seconds, hasFloor }: { seconds: number; hasFloor: boolean },
): Promise<AttackFigures> {
  const victim = async () => figuresOf(await stage.victim(seconds));
  const beside = async (at: 'proxy' | 'bare server', rampSeconds: number) => {
    const stop = attack.start(stage, at);
    await sleep(rampSeconds * 1000);
    const found = await victim();
    await stop();
    await sleep(SETTLE * 1000);
    return found;
  };
  const { squid, agent } = stage.network;
  const before = await victim();
  const floor = hasFloor ? await beside('bare server', Math.min(FLOOR_RAMP, attack.rampSeconds)) : undefined;
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
