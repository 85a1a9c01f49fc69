import { quantile, summarize } from '../figures/summary.ts';
import { figure, spread } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';

export interface Rest {
  pods: number;
  /** By component; memory in bytes, processor in ms/s. */
  components: Record<string, { memory: number; processor: number }>;
}

export interface RestFigures {
  /** Milliseconds of each start, by component. */
  starts: Record<string, number[]>;
  /** Milliseconds from a rule set's creation until every agent allowed by it. */
  changes: number[];
  rests: Rest[];
}

/** Milliseconds, from the issue. */
const MOST_START = 1000;
const MOST_CHANGE = 50;

/** How fast components start, and what they use while idle. Pure. */
export function restSection({ starts, changes, rests }: RestFigures): ReportSection {
  const started = Object.entries(starts).map(([name, times]) => [name, summarize(times)] as const);
  const slowest = started.map(([, { median }]) => median).reduce((a, b) => Math.max(a, b), 0);
  const p99 = quantile(changes, 0.99);
  return {
    name: 'rest',
    title: 'Start and rest',
    blocks: [
      {
        kind: 'goals',
        goals: [
          {
            text: `each component ready within ${MOST_START} ms of its start`,
            found: `${figure(slowest)} ms (the slowest median)`,
            met: slowest < MOST_START,
          },
          {
            text: `rule set created until both of two agents decide by it: p99 under ${MOST_CHANGE} ms`,
            found: `${figure(p99)} ms`,
            met: p99 < MOST_CHANGE,
          },
        ],
      },
      {
        kind: 'table',
        caption:
          'From the start of the process, with the bundles of the image, until /readyz says yes, milliseconds.',
        head: ['component', 'starts', 'ms'],
        rows: started.map(([name, times]) => [name, String(starts[name]?.length), spread(times)]),
      },
      {
        kind: 'table',
        caption:
          'From the request that creates a rule set at a real API server until each of two agents has answered by it, milliseconds.',
        head: ['changes', 'p50', 'p99', 'most'],
        rows: [[String(changes.length), ...[0.5, 0.99, 1].map((share) => figure(quantile(changes, share)))]],
      },
      {
        kind: 'table',
        caption:
          'At rest: memory (RSS, MB) and processor time (milliseconds a second), by pods of served namespaces.',
        head: ['component', ...rests.flatMap(({ pods }) => [`MB, ${figure(pods)} pods`, 'ms/s'])],
        rows: Object.keys(rests[0]?.components ?? {}).map((name) => [
          name,
          ...rests.flatMap(({ components }) => {
            const { memory = Number.NaN, processor = Number.NaN } = components[name] ?? {};
            return [figure(memory / 1e6), figure(processor)];
          }),
        ]),
      },
    ],
  };
}
