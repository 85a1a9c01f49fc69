import { processorTime, residentBytes } from '../figures/processor-time.ts';
import { type LoadReport, runLoad } from '../load.ts';
import type { ProxyContender } from './contenders.ts';
import type { DataStage } from './data-stage.ts';
import { hostName, PORT } from './network.ts';
import { askedNames } from './rule-names.ts';

export const CLIENTS = [1, 32, 256] as const;
export type Clients = (typeof CLIENTS)[number];

export interface Speed {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/** What one round gives of one proxy. */
export interface DataFigures {
  connect: Record<Clients, Speed>;
  get: Record<Clients, Speed>;
  /** Bytes a second, through 32 tunnels. */
  tunnel: number;
  /** Microseconds of processor time for a request, by process, at 32 clients. */
  processor: Record<'connect' | 'get', Record<string, number>>;
  /** Bytes in memory after the load, by process. */
  memory: Record<string, number>;
}

/**
 * As many times the length of a measurement a proxy is asked before it is measured: half a minute of rest, while the
 * others are, lets a JavaScript engine throw away what it has compiled, and it compiles beside the first of a load.
 */
const WARM = 3;

/** `length`: seconds of each measurement. */
export async function measureProxy(
  stage: DataStage,
  contender: ProxyContender,
  length: number,
): Promise<DataFigures> {
  const { proxy, source, rules, processes } = contender;
  const run = (kind: 'connect' | 'get' | 'tunnel', clients: number, targets: string[], seconds = length) =>
    runLoad({
      kind,
      clients,
      length: seconds,
      inside: stage.netns,
      flags: { proxy, sources: source, targets: stage.file('targets', `${targets.join('\n')}\n`) },
    });
  const asked = askedNames(rules).map((name) => `${name}:${PORT.hold}`);
  const ofHost = [`${hostName(0)}:${PORT.http}`];
  await run('connect', 32, asked, WARM * length);
  const connect = await measureSpeeds(processes, (clients) => run('connect', clients, asked));
  const get = await measureSpeeds(processes, (clients) => run('get', clients, ofHost));
  const flood = await run('tunnel', 32, [`${hostName(0)}:${PORT.flood}`]);
  const memory = Object.fromEntries(
    Object.entries(processes).map(([name, pid]) => [name, residentBytes(pid)]),
  );
  return {
    connect: connect.speeds,
    get: get.speeds,
    tunnel: flood.bytes / flood.seconds,
    processor: { connect: connect.processor, get: get.processor },
    memory,
  };
}

async function measureSpeeds(
  processes: Record<string, number>,
  run: (clients: Clients) => Promise<LoadReport>,
): Promise<{ speeds: Record<Clients, Speed>; processor: Record<string, number> }> {
  const speeds = {} as Record<Clients, Speed>;
  let processor: Record<string, number> = {};
  for (const clients of CLIENTS) {
    const before = timesOf(processes);
    const { perSecond, p50, p99, allAnswered } = await run(clients);
    if (clients === 32) processor = costOf(before, timesOf(processes), allAnswered);
    speeds[clients] = { perSecond, p50, p99 };
  }
  return { speeds, processor };
}

export function timesOf(processes: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, processorTime(pid)]));
}

/** Microseconds for each of `requests`, those of the warming up included. */
export function costOf(
  before: Record<string, number>,
  after: Record<string, number>,
  requests: number,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, time]) => [name, ((time - (before[name] ?? 0)) * 1000) / requests]),
  );
}
