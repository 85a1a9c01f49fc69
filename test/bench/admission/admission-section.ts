import { pairwise, ratio, summarize } from '../figures/summary.ts';
import { figure, spread } from '../report/format.ts';
import type { Block, Goal, ReportSection } from '../report/section.ts';
import { FLOOR, OURS } from './contenders.ts';
import { type AdmissionFigures, type Kind, PACE, type Speed, type Speeds } from './measure.ts';

export type Measured = ReadonlyMap<string, readonly AdmissionFigures[]>;

/** From the issue: what a request costs against the floor, and milliseconds at 50 clients. */
const MOST_OF_FLOOR = 1.25;
const MOST_P99 = 5;

/** What the rounds of the webhooks come to. Pure. */
export function admissionSection(measured: Measured): ReportSection {
  const rivals = [...measured.keys()].filter((name) => name !== OURS && name !== FLOOR);
  return {
    name: 'admission',
    title: 'Admission: what the webhook costs the API server',
    blocks: [
      { kind: 'goals', goals: [...goals(measured), ...rivals.map((rival) => ahead(measured, rival))] },
      {
        kind: 'chart',
        chart: {
          file: 'admission',
          title: 'Pods mutated, 50 clients',
          unit: 'a second',
          bars: [...measured].map(([label, rounds]) => {
            const { min, median, max } = summarize(rounds.map(({ mutate }) => mutate[50].perSecond));
            return { label, value: median, low: min, high: max, ours: label === OURS };
          }),
        },
      },
      speedTable(measured, 'mutate', 'Mutating pods (small, usual and large ones in turn), a second.'),
      latencyTable(measured, 'mutate', 'Mutating pods: milliseconds, p50 / p99, medians of the rounds.'),
      speedTable(measured, 'validate', 'Validating rule sets of 20 targets, a second.'),
      latencyTable(measured, 'validate', 'Validating rule sets: milliseconds, p50 / p99.'),
      costTable(measured),
      {
        kind: 'table',
        caption: 'Memory (RSS) after each round of load, MB.',
        head: ['webhook', 'MB'],
        rows: [...measured].map(([name, rounds]) => [
          name,
          spread(summarize(rounds.map(({ memory }) => memory / 1e6))),
        ]),
      },
    ],
  };
}

function values(
  measured: Measured,
  name: string,
  kind: Kind,
  pick: (speed: Speed) => number,
  load: keyof Speeds = 50,
): number[] {
  return (measured.get(name) ?? []).flatMap((round) => {
    const speeds = round[kind];
    return speeds === undefined ? [] : [pick(speeds[load])];
  });
}

const perSecond = ({ perSecond }: Speed): number => perSecond;
const cost = ({ cost }: Speed): number => cost;

function goals(measured: Measured): Goal[] {
  return (['mutate', 'validate'] as const).flatMap((kind) => {
    const rates = pairwise(
      values(measured, FLOOR, kind, perSecond),
      values(measured, OURS, kind, perSecond),
      ratio,
    );
    const costs = pairwise(values(measured, OURS, kind, cost), values(measured, FLOOR, kind, cost), ratio);
    const p99 = summarize(values(measured, OURS, kind, ({ p99 }) => p99, 'paced'));
    return [
      {
        text: `${kind}, 50 clients: a request takes at most ${MOST_OF_FLOOR} times the floor's processor time`,
        found: spread(costs),
        met: costs.median <= MOST_OF_FLOOR,
      },
      {
        text: `${kind}, 50 clients: the floor answers at most ${MOST_OF_FLOOR} times as many requests a second`,
        found: spread(rates),
        met: rates.median <= MOST_OF_FLOOR,
      },
      {
        text: `${kind}, 50 clients, ${PACE} a second: p99 under ${MOST_P99} ms`,
        found: `${spread(p99)} ms`,
        met: p99.median < MOST_P99,
      },
    ];
  });
}

function ahead(measured: Measured, rival: string): Goal {
  const found = pairwise(
    values(measured, OURS, 'mutate', perSecond),
    values(measured, rival, 'mutate', perSecond),
    ratio,
  );
  return { text: `mutate, 50 clients: ahead of ${rival}`, found: spread(found), met: found.median > 1 };
}

/** Loads with their titles. */
const loads: readonly [keyof Speeds, string][] = [
  [1, '1 client'],
  [50, '50 clients'],
  [500, '500 clients'],
];
const paced: readonly [keyof Speeds, string] = ['paced', `50 clients, ${PACE} a second`];

function rowsOf(measured: Measured, kind: Kind, cells: (speeds: Speeds[]) => string[]): string[][] {
  return [...measured].flatMap(([name, rounds]) => {
    const found = rounds.flatMap((round) => round[kind] ?? []);
    return found.length === 0 ? [] : [[name, ...cells(found)]];
  });
}

function speedTable(measured: Measured, kind: Kind, caption: string): Block {
  const rows = rowsOf(measured, kind, (found) =>
    loads.map(([load]) => spread(summarize(found.map((speeds) => speeds[load].perSecond)))),
  );
  return { kind: 'table', caption, head: ['webhook', ...loads.map(([, title]) => title)], rows };
}

function latencyTable(measured: Measured, kind: Kind, caption: string): Block {
  const columns = [...loads, paced];
  const median = (found: Speeds[], load: keyof Speeds, pick: (speed: Speed) => number) =>
    figure(summarize(found.map((speeds) => pick(speeds[load]))).median);
  const rows = rowsOf(measured, kind, (found) =>
    columns.map(
      ([load]) => `${median(found, load, ({ p50 }) => p50)} / ${median(found, load, ({ p99 }) => p99)}`,
    ),
  );
  return { kind: 'table', caption, head: ['webhook', ...columns.map(([, title]) => title)], rows };
}

function costTable(measured: Measured): Block {
  const rows = [...measured].map(([name, rounds]) => [
    name,
    ...(['mutate', 'validate'] as const).map((kind) => {
      const found = rounds.flatMap((round) => round[kind] ?? []);
      return found.length === 0 ? '' : spread(summarize(found.map((speeds) => speeds[50].cost)));
    }),
  ]);
  return {
    kind: 'table',
    caption: "Processor time of the webhook's process that a request takes, 50 clients, microseconds.",
    head: ['webhook', 'mutating a pod', 'validating a rule set'],
    rows,
  };
}
