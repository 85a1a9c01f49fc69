import { difference, pairwise, quantile, summarize } from '../figures/summary.ts';
import { figure, spread } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';
import type { Starts } from './time-starts.ts';

export const INJECTED = 'with injection';
export const PLAIN = 'without';

/** What injection adds to the start of a pod. Pure. */
export function podStartSection(measured: ReadonlyMap<string, readonly Starts[]>): ReportSection {
  const medians = (name: string, pick: (starts: Starts) => number[]) =>
    (measured.get(name) ?? []).map((starts) => summarize(pick(starts)).median);
  const running = ({ running }: Starts) => running;
  const created = ({ created }: Starts) => created;
  const added = pairwise(medians(INJECTED, running), medians(PLAIN, running), difference);
  const addedCreate = pairwise(medians(INJECTED, created), medians(PLAIN, created), difference);
  const all = (name: string, pick: (starts: Starts) => number[]) => (measured.get(name) ?? []).flatMap(pick);
  return {
    name: 'pod-start',
    title: 'Pod start: what injection adds',
    blocks: [
      {
        kind: 'goals',
        goals: [
          {
            text: 'create to Running: what injection adds is under the spread (which holds 0)',
            found: `${spread(added)} ms`,
            met: added.min <= 0,
          },
        ],
      },
      {
        kind: 'table',
        caption: 'Milliseconds, pods started one after another on a real node, image present.',
        head: ['', 'pods', 'create p50', 'create p99', 'Running p50', 'Running p99'],
        rows: [...measured.keys()].map((name) => [
          name,
          String(all(name, running).length),
          ...[created, running].flatMap((pick) =>
            [0.5, 0.99].map((share) => figure(quantile(all(name, pick), share))),
          ),
        ]),
      },
      {
        kind: 'text',
        text: `Injection adds ${spread(addedCreate)} ms to the create call, round by round (median of the round's pods).`,
      },
    ],
  };
}
