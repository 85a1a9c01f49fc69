import type { Benchmark } from '../benchmark.ts';
import { attacks } from './attacks.ts';
import { measureKillSwitch } from './kill-switch.ts';
import { measureAttack } from './measure-attack.ts';
import { type AttackFigures, tenantsSection } from './tenants-section.ts';
import { TenantsStage } from './tenants-stage.ts';

/** What an attack from one namespace does to the requests of another one. */
export const tenantsBenchmark: Benchmark = {
  name: 'tenants',
  summary: 'what a victim in another namespace gets before, during and after each attack on a proxy pod',
  async run({ quick, progress }) {
    const figures: AttackFigures[] = [];
    let stage = await startStage();
    try {
      for (const attack of attacks) {
        const found = await measureAttack(stage, attack, {
          seconds: quick ? 1 : 12,
          hasFloor: !quick,
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
