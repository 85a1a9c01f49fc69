import type { Benchmark } from '../benchmark.ts';
import { interleave } from '../figures/interleave.ts';
import { startContenders } from './contenders.ts';
import { dataSection } from './data-section.ts';
import { DataStage } from './data-stage.ts';
import { measureProxy } from './measure.ts';

export const dataBenchmark: Benchmark = {
  name: 'data',
  summary:
    'requests through the proxy, against Squid with native ACLs, Squid that allows all, and other proxies',
  async run({ quick, progress }) {
    const stage = new DataStage();
    try {
      progress('starting proxies and origin');
      await stage.start();
      const length = quick ? 0.3 : 1;
      const contenders = (await startContenders(stage)).map((contender) => ({
        name: contender.name,
        measure: () => measureProxy(stage, contender, length),
      }));
      return dataSection(await interleave(contenders, { rounds: quick ? 1 : 5, progress }));
    } finally {
      await stage.close();
    }
  },
};
