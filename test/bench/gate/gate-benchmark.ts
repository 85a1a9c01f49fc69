import { annotation } from '../../../src/api/index.ts';
import { PODS } from '../../integration/support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from '../../integration/support/squid/cluster-objects.ts';
import type { Benchmark } from '../benchmark.ts';
import { nativeSquid, processesOf } from '../data/contenders.ts';
import { DataStage } from '../data/data-stage.ts';
import { costOf, timesOf } from '../data/measure.ts';
import { FEW_SOURCE, hostName, OURS, PORT } from '../data/network.ts';
import { askedNames, FEW, ruleNames } from '../data/rule-names.ts';
import { interleave } from '../figures/interleave.ts';
import { runLoad } from '../load.ts';
import { ENFORCE, type GateFigures, gateSection, IGNORE, NATIVE, REPORT } from './gate-section.ts';

const CLIENTS = [1, 32] as const;
/** As in the benchmark `data`: times the length of a measurement, asked before it. */
const WARM = 3;

/** What is measured: a proxy, and the address of the client, whose namespace says what is checked. */
interface Place {
  name: string;
  proxy: string;
  source: string;
  processes: Record<string, number>;
}

export const gateBenchmark: Benchmark = {
  name: 'gate',
  summary:
    'tunnels with a TLS server name that is not read, reported and enforced, against Squid with native ACLs',
  async run({ quick, progress }) {
    const stage = new DataStage({ tlsServerName: 'Ignore' });
    try {
      const [, , reported = '', enforced = ''] = PODS;
      addNamespace(stage, 'report', reported);
      addNamespace(stage, 'enforce', enforced);
      progress('starting proxies and origin');
      await stage.start();
      const native = await nativeSquid(stage, { name: NATIVE, at: 0, rules: FEW, log: true });
      const ours = { proxy: OURS, processes: processesOf(stage.squid) };
      const places: Place[] = [
        { ...ours, name: IGNORE, source: FEW_SOURCE },
        { ...ours, name: REPORT, source: reported },
        { ...ours, name: ENFORCE, source: enforced },
        native,
      ];
      const contenders = places.map((place) => ({
        name: place.name,
        measure: () => measure(stage, place, quick ? 0.3 : 1),
      }));
      return gateSection(await interleave(contenders, { rounds: quick ? 1 : 7, progress }));
    } finally {
      await stage.close();
    }
  },
};

/** A namespace with the rules of the few, whose annotation says what is checked. */
function addNamespace({ squid }: DataStage, check: 'report' | 'enforce', ip: string): void {
  const namespace = enforcedNamespace(check);
  const annotations = { [annotation.tlsServerName]: check };
  squid.apply({ ...namespace, metadata: { ...namespace.metadata, annotations } });
  squid.apply(runningPod({ namespace: check, name: 'client', ip }));
  const targets = ruleNames(FEW).map((name) => `${name}:${PORT.hold}`);
  squid.apply(ruleSet(check, [...targets, `${hostName(0)}:${PORT.flood}`]));
}

/** `length`: seconds of each measurement. */
async function measure(
  stage: DataStage,
  { proxy, source, processes }: Place,
  length: number,
): Promise<GateFigures> {
  const targets = stage.file(
    'gate-targets',
    askedNames(FEW)
      .map((name) => `${name}:${PORT.hold}\n`)
      .join(''),
  );
  const run = (clients: number, seconds: number) =>
    runLoad({
      kind: 'hello',
      clients,
      length: seconds,
      inside: stage.netns,
      flags: { proxy, sources: source, targets },
    });
  const hello = {} as GateFigures['hello'];
  let processor: Record<string, number> = {};
  await run(32, WARM * length);
  for (const clients of CLIENTS) {
    const before = timesOf(processes);
    const report = await run(clients, length);
    if (clients === 32) processor = costOf(before, timesOf(processes), report.allAnswered);
    hello[clients] = report;
  }
  return { hello, processor };
}
