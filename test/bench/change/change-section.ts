import { quantile, summarize } from '../figures/summary.ts';
import { figure, spread } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';

export const OURS_CHANGE = 'kube-egress, rule set applied';
export const NATIVE = 'Squid, squid -k reconfigure';

export interface ChangeFigures {
  /** Milliseconds from each change until it held. */
  times: number[];
  /** Requests of other clients that failed meanwhile, and those that did not. */
  refused: number;
  answered: number;
}

/** Milliseconds, from the issue. */
const MOST_P99 = 50;

/** How fast rules hold. Pure. */
export function changeSection(measured: ReadonlyMap<string, readonly ChangeFigures[]>): ReportSection {
  const timesOf = (name: string) => (measured.get(name) ?? []).flatMap(({ times }) => times);
  const refusedOf = (name: string) =>
    (measured.get(name) ?? []).reduce((sum, { refused }) => sum + refused, 0);
  const p99 = quantile(timesOf(OURS_CHANGE), 0.99);
  return {
    name: 'change',
    title: 'Change: from a rule to its effect',
    blocks: [
      {
        kind: 'goals',
        goals: [
          {
            text: `rule known to the agent until it holds: p99 under ${MOST_P99} ms`,
            found: `${figure(p99)} ms`,
            met: p99 < MOST_P99,
          },
          {
            text: 'requests of others that are refused meanwhile: none',
            found: String(refusedOf(OURS_CHANGE)),
            met: refusedOf(OURS_CHANGE) === 0,
          },
        ],
      },
      {
        kind: 'table',
        caption:
          'Milliseconds from a change until a client that asks without pause is let through, while 16 others open tunnels; ' +
          'and how many of their requests failed.',
        head: ['', 'changes', 'p50', 'p99', 'most', 'failed', 'requests of others a round'],
        rows: [...measured].map(([name, rounds]) => {
          const times = timesOf(name);
          return [
            name,
            String(times.length),
            figure(quantile(times, 0.5)),
            figure(quantile(times, 0.99)),
            figure(quantile(times, 1)),
            String(refusedOf(name)),
            spread(summarize(rounds.map(({ answered }) => answered))),
          ];
        }),
      },
      {
        kind: 'text',
        text:
          'A rule reaches the agents by a watch (see "Start and rest" for that time); a list in a ConfigMap reaches a pod ' +
          'when the kubelet renews the volume, which takes up to a minute or more and is counted for neither.',
      },
    ],
  };
}
