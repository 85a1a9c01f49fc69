import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { DataStage } from '../data/data-stage.ts';
import {
  FEW_SOURCE,
  hostName,
  ORIGIN_HOST,
  OURS,
  PARENT_HOST,
  PEER_PORT,
  PORT,
  peerAddress,
} from '../data/network.ts';
import { nativeSquidConf } from '../data/peer-configs.ts';
import { FEW, ruleNames } from '../data/rule-names.ts';
import { interleave } from '../figures/interleave.ts';
import { type LoadReport, runLoad } from '../load.ts';
import { DIRECT, NATIVE_DIRECT, NATIVE_PARENT, PARENT, parentSection } from './parent-section.ts';

const PARENT_NAME = 'parent.corp.example';
const viaName = (index: number): string => `${hostName(index).split('.')[0]}.via.example.org`;
const names = Array.from({ length: FEW }, (_, index) => index);

/** What a parent proxy adds, for ours and for a plain Squid with the same parent. */
export const parentBenchmark: Benchmark = {
  name: 'parent',
  summary: 'what an upstream proxy adds to a request, with ours and with a plain Squid',
  async run({ quick, progress }) {
    const stage = new DataStage({
      upstreams: [
        { name: 'parent', host: PARENT_NAME, port: PEER_PORT, targets: [`*.via.example.org:${PORT.hold}`] },
      ],
      zone: {
        [PARENT_NAME]: [PARENT_HOST],
        ...Object.fromEntries(names.map((index) => [viaName(index), [ORIGIN_HOST]])),
      },
    });
    try {
      progress('starting proxies, parent and origin');
      await stage.start();
      await startPlainSquid(stage, { name: 'parent', address: PARENT_HOST });
      await startPlainSquid(stage, { name: 'plain', address: peerAddress(0), allows: true });
      await startPlainSquid(stage, {
        name: 'plain-parent',
        address: peerAddress(1),
        allows: true,
        more: [
          `cache_peer ${PARENT_HOST} parent ${PEER_PORT} 0 no-query no-digest default`,
          'never_direct allow all',
        ],
      });
      const targets = {
        direct: targetsFile(stage, 'direct', hostName),
        via: targetsFile(stage, 'via', viaName),
      };
      const length = quick ? 0.3 : 1;
      const measure = (proxy: string, file: string) => async () => ({
        1: await ask(stage, { proxy, file, clients: 1, length }),
        32: await ask(stage, { proxy, file, clients: 32, length }),
      });
      progress('waiting until the parent is taken');
      await untilAnswered(() => ask(stage, { proxy: OURS, file: targets.via, clients: 1, length: 0.2 }));
      const contenders = [
        { name: DIRECT, measure: measure(OURS, targets.direct) },
        { name: PARENT, measure: measure(OURS, targets.via) },
        { name: NATIVE_DIRECT, measure: measure(`${peerAddress(0)}:${PEER_PORT}`, targets.direct) },
        { name: NATIVE_PARENT, measure: measure(`${peerAddress(1)}:${PEER_PORT}`, targets.direct) },
      ];
      return parentSection(await interleave(contenders, { rounds: quick ? 1 : 5, progress }));
    } finally {
      await stage.close();
    }
  },
};

interface PlainSquid {
  name: string;
  address: string;
  /** Only the names of the rules; otherwise all. */
  allows?: boolean;
  more?: readonly string[];
}

async function startPlainSquid(stage: DataStage, { name, address, allows = false, more = [] }: PlainSquid) {
  const rules = allows ? stage.file('names-few', ruleNames(FEW).join('\n')) : undefined;
  const accessLog = `${stage.folder(name)}/access.log`;
  const conf = stage.file(`${name}.conf`, nativeSquidConf({ address, names: rules, accessLog, more }));
  await stage.startProxy(name, address, [
    'squid',
    '-N',
    '-n',
    `bench${process.pid}${name.replace('-', '')}`,
    '-f',
    conf,
  ]);
}

function targetsFile(stage: DataStage, name: string, hostOf: (index: number) => string): string {
  return stage.file(`targets-${name}`, names.map((index) => `${hostOf(index)}:${PORT.hold}\n`).join(''));
}

interface Asked {
  proxy: string;
  file: string;
  clients: number;
  length: number;
}

function ask(stage: DataStage, { proxy, file, clients, length }: Asked): Promise<LoadReport> {
  const flags = { proxy, sources: FEW_SOURCE, targets: file };
  return runLoad({ kind: 'connect', clients, length, inside: stage.netns, flags });
}

/** The agent looks now and then whether a parent is up. */
async function untilAnswered(attempt: () => Promise<LoadReport>): Promise<void> {
  let last: unknown;
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      if ((await attempt()).answered > 0) return;
    } catch (error) {
      last = error;
    }
    await sleep(500);
  }
  throw new Error('nothing goes through the parent', { cause: last });
}
