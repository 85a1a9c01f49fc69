import { renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { DataStage } from '../data/data-stage.ts';
import { FEW_SOURCE, hostName, OURS, PEER_PORT, PORT, peerAddress } from '../data/network.ts';
import { nativeSquidConf } from '../data/peer-configs.ts';
import { FEW, ruleNames } from '../data/rule-names.ts';
import { interleave } from '../figures/interleave.ts';
import { type LoadReport, runLoad } from '../load.ts';
import { type ChangeFigures, changeSection, NATIVE, OURS_CHANGE } from './change-section.ts';
import { firstAnswer } from './first-answer.ts';

/** Clients that continue with other names while the rules change. */
const CLIENTS = 16;
/** Milliseconds between two changes. */
const PAUSE = 300;

/** How fast a rule holds, and what it costs those who are under way. */
export const changeBenchmark: Benchmark = {
  name: 'change',
  summary: 'a rule applied until it holds, under load, against squid -k reconfigure with a list in a file',
  async run({ quick, progress }) {
    const stage = new DataStage();
    try {
      progress('starting proxies and origin');
      await stage.start();
      const changes = quick ? 3 : 10;
      const native = await startNative(stage);
      const contenders = [
        { name: OURS_CHANGE, measure: () => measureChanges(stage, ours(stage), changes) },
        { name: NATIVE, measure: () => measureChanges(stage, native, changes) },
      ];
      return changeSection(await interleave(contenders, { rounds: quick ? 1 : 4, progress }));
    } finally {
      await stage.close();
    }
  },
};

interface Changing {
  proxy: string;
  /** Allows a further name, and gives the moment (performance.now) from which that was said. */
  allow: (name: string) => number;
}

function ours(stage: DataStage): Changing {
  return {
    proxy: OURS,
    allow(name) {
      const at = performance.now();
      stage.applyRules('few', `change-${name.replaceAll('.', '-')}`, [`${name}:${PORT.hold}`]);
      return at;
    },
  };
}

/** The list lies in a file, as a mounted ConfigMap would; the wait until the kubelet renews that is not counted. */
async function startNative(stage: DataStage): Promise<Changing> {
  const address = peerAddress(0);
  const known = [...ruleNames(FEW)];
  const write = () => stage.file('changing-names', `${known.join('\n')}\n`);
  const accessLog = `${stage.folder('changing')}/access.log`;
  const conf = stage.file('changing.conf', nativeSquidConf({ address, names: write(), accessLog }));
  const pid = await stage.startProxy('changing', address, [
    'squid',
    '-N',
    '-n',
    `bench${process.pid}changing`,
    '-f',
    conf,
  ]);
  return {
    proxy: `${address}:${PEER_PORT}`,
    allow(name) {
      known.push(name);
      const at = performance.now();
      renameSync(stage.file('changing-names.new', `${known.join('\n')}\n`), write());
      // What squid -k reconfigure sends.
      process.kill(pid, 'SIGHUP');
      return at;
    },
  };
}

let next = FEW;

async function measureChanges(
  stage: DataStage,
  { proxy, allow }: Changing,
  changes: number,
): Promise<ChangeFigures> {
  const targets = stage.file(
    'change-targets',
    ruleNames(FEW)
      .map((name) => `${name}:${PORT.hold}\n`)
      .join(''),
  );
  const flags = { proxy, sources: FEW_SOURCE, targets };
  const seconds = (changes * PAUSE) / 1000 + 1;
  const loading = runLoad({
    kind: 'connect',
    clients: CLIENTS,
    length: seconds,
    inside: stage.netns,
    flags,
    mayFail: true,
  });
  const times: number[] = [];
  for (let count = 0; count < changes; count += 1) {
    await sleep(PAUSE);
    // A name that was not requested yet, with an address.
    next += 1;
    times.push(
      await firstAnswer(stage.netns, { proxy, target: `${hostName(next)}:${PORT.hold}` }, () =>
        allow(hostName(next)),
      ),
    );
  }
  const report = await loading;
  return { times, refused: refusedOf(report), answered: report.answered };
}

function refusedOf({ failed }: LoadReport): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0);
}
