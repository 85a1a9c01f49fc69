import { difference, pairwise, ratio, type Summary, summarize } from '../figures/summary.ts';
import { figure, spread } from '../report/format.ts';
import type { Block, Goal, ReportSection } from '../report/section.ts';
import { FLOOR, NATIVE_FEW, NATIVE_MANY, OURS_FEW, OURS_MANY } from './contenders.ts';
import type { DataFigures } from './measure.ts';
import { CLIENTS, type Clients, type Speed } from './measure.ts';

export type Measured = ReadonlyMap<string, readonly DataFigures[]>;

/** Milliseconds and ratio, from the issue. */
const LEAST_RATIO = 0.95;
const LEAST_GET_RATIO = 0.9;
const MOST_GET_P99_RATIO = 1.2;
const MOST_ADDED = 0.2;

/** What the rounds of the data path come to. Pure. */
export function dataSection(measured: Measured): ReportSection {
  return {
    name: 'data',
    title: 'Data path: what a decision costs a request',
    blocks: [
      { kind: 'goals', goals: goals(measured) },
      {
        kind: 'chart',
        chart: {
          file: 'data',
          title: 'CONNECT, 32 clients',
          unit: 'a second',
          bars: [...measured].map(([label, rounds]) => {
            const { min, median, max } = summarize(rounds.map(({ connect }) => connect[32].perSecond));
            return { label, value: median, low: min, high: max, ours: isOurs(label) };
          }),
        },
      },
      speedTable(measured, 'connect', 'CONNECT: tunnels opened a second, median (least to greatest round).'),
      latencyTable(
        measured,
        'connect',
        'CONNECT: milliseconds until the answer, p50 / p99, medians of the rounds.',
      ),
      speedTable(measured, 'get', 'GET of 1 KB over connections that stay open, a second.'),
      latencyTable(measured, 'get', 'GET: milliseconds until the answer, p50 / p99.'),
      {
        kind: 'table',
        caption: 'Megabytes a second out of 32 tunnels.',
        head: ['proxy', 'MB/s'],
        rows: [...measured].map(([name, rounds]) => [
          name,
          spread(summarize(rounds.map(({ tunnel }) => tunnel / 1e6))),
        ]),
      },
      processTable(measured, {
        caption: 'Processor time that a CONNECT takes, in microseconds, by process, at 32 clients.',
        pick: ({ processor }) => processor.connect,
      }),
      processTable(measured, {
        caption: 'Processor time that a GET takes, in microseconds, by process, at 32 clients.',
        pick: ({ processor }) => processor.get,
      }),
      processTable(measured, {
        caption: 'Memory (RSS) after a round of load, MB, by process.',
        pick: ({ memory }) =>
          Object.fromEntries(Object.entries(memory).map(([name, bytes]) => [name, bytes / 1e6])),
      }),
    ],
  };
}

const isOurs = (name: string): boolean => name === OURS_FEW || name === OURS_MANY;

type Kind = 'connect' | 'get';

function speeds(
  measured: Measured,
  name: string,
  { kind, clients }: { kind: Kind; clients: Clients },
  pick: (speed: Speed) => number,
): number[] {
  return (measured.get(name) ?? []).map((round) => pick(round[kind][clients]));
}

function goals(measured: Measured): Goal[] {
  const rate = (ours: string, baseline: string, kind: Kind = 'connect') =>
    pairwise(
      speeds(measured, ours, { kind, clients: 32 }, ({ perSecond }) => perSecond),
      speeds(measured, baseline, { kind, clients: 32 }, ({ perSecond }) => perSecond),
      ratio,
    );
  const slowest = pairwise(
    speeds(measured, OURS_FEW, { kind: 'get', clients: 256 }, ({ p99 }) => p99),
    speeds(measured, NATIVE_FEW, { kind: 'get', clients: 256 }, ({ p99 }) => p99),
    ratio,
  );
  const added = pairwise(
    speeds(measured, OURS_FEW, { kind: 'connect', clients: 1 }, ({ p50 }) => p50),
    speeds(measured, NATIVE_FEW, { kind: 'connect', clients: 1 }, ({ p50 }) => p50),
    difference,
  );
  const few = rate(OURS_FEW, NATIVE_FEW);
  const many = rate(OURS_MANY, NATIVE_MANY);
  const growth = rate(OURS_MANY, OURS_FEW);
  const atLeast = (text: string, found: Summary, least: number): Goal => ({
    text,
    found: spread(found),
    met: found.median >= least,
  });
  return [
    atLeast(`CONNECT/s at 32 clients, 10 rules: at least ${LEAST_RATIO} of native Squid`, few, LEAST_RATIO),
    atLeast(
      `CONNECT/s at 32 clients, 10,000 rules: at least ${LEAST_RATIO} of native Squid`,
      many,
      LEAST_RATIO,
    ),
    atLeast(
      `GET/s at 32 clients, 10 rules: at least ${LEAST_GET_RATIO} of native Squid`,
      rate(OURS_FEW, NATIVE_FEW, 'get'),
      LEAST_GET_RATIO,
    ),
    {
      text: `GET, 256 clients: p99 at most ${MOST_GET_P99_RATIO} times that of native Squid`,
      found: spread(slowest),
      met: slowest.median <= MOST_GET_P99_RATIO,
    },
    {
      text: `CONNECT, 1 client: added p50 under ${MOST_ADDED} ms`,
      found: `${spread(added)} ms`,
      met: added.median < MOST_ADDED,
    },
    {
      text: '10,000 rules as fast as 10 (the spread holds 1)',
      found: spread(growth),
      met: growth.max >= 1 && growth.min <= 1,
    },
  ];
}

function speedTable(measured: Measured, kind: Kind, caption: string): Block {
  return {
    kind: 'table',
    caption,
    head: ['proxy', ...CLIENTS.map(clientsTitle), `of "${FLOOR}", 32 clients`],
    rows: [...measured].map(([name, rounds]) => [
      name,
      ...CLIENTS.map((clients) => spread(summarize(rounds.map((round) => round[kind][clients].perSecond)))),
      spread(
        pairwise(
          rounds.map((round) => round[kind][32].perSecond),
          (measured.get(FLOOR) ?? []).map((round) => round[kind][32].perSecond),
          ratio,
        ),
      ),
    ]),
  };
}

function latencyTable(measured: Measured, kind: Kind, caption: string): Block {
  const median = (rounds: readonly DataFigures[], clients: Clients, pick: (speed: Speed) => number) =>
    figure(summarize(rounds.map((round) => pick(round[kind][clients]))).median);
  return {
    kind: 'table',
    caption,
    head: ['proxy', ...CLIENTS.map(clientsTitle)],
    rows: [...measured].map(([name, rounds]) => [
      name,
      ...CLIENTS.map(
        (clients) =>
          `${median(rounds, clients, ({ p50 }) => p50)} / ${median(rounds, clients, ({ p99 }) => p99)}`,
      ),
    ]),
  };
}

const clientsTitle = (clients: number): string => (clients === 1 ? '1 client' : `${clients} clients`);

interface ByProcess {
  caption: string;
  pick: (round: DataFigures) => Record<string, number>;
}

function processTable(measured: Measured, { caption, pick }: ByProcess): Block {
  return {
    kind: 'table',
    caption,
    head: ['proxy', 'all', 'by process'],
    rows: [...measured].map(([name, rounds]) => {
      const found = rounds.map(pick);
      const processes = Object.keys(found[0] ?? {});
      const costs = processes.map((process) => summarize(found.map((round) => round[process] ?? 0)).median);
      const all = summarize(found.map((round) => Object.values(round).reduce((sum, cost) => sum + cost, 0)));
      return [
        name,
        spread(all),
        processes.map((process, index) => `${process} ${figure(costs[index] ?? 0)}`).join(', '),
      ];
    }),
  };
}
