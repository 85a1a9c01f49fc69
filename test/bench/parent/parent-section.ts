import { difference, pairwise, summarize } from '../figures/summary.ts';
import type { LoadReport } from '../load.ts';
import { figure, spread } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';

export const DIRECT = 'kube-egress, direct';
export const PARENT = 'kube-egress, through a parent';
export const NATIVE_DIRECT = 'Squid, direct';
export const NATIVE_PARENT = 'Squid, through a parent';

/** Figures of one round, by the number of clients. */
export type ParentFigures = Record<1 | 32, Pick<LoadReport, 'perSecond' | 'p50' | 'p99'>>;

/** What a parent adds. Pure. */
export function parentSection(measured: ReadonlyMap<string, readonly ParentFigures[]>): ReportSection {
  const p50 = (name: string) => (measured.get(name) ?? []).map((round) => round[1].p50);
  const added = (via: string, direct: string) => spread(pairwise(p50(via), p50(direct), difference));
  return {
    name: 'parent',
    title: 'Upstream proxies: what the second hop adds',
    blocks: [
      {
        kind: 'table',
        caption: 'CONNECT: tunnels opened a second, and milliseconds until the answer (p50 / p99).',
        head: ['proxy', '1 client', '32 clients', 'ms, 1 client', 'ms, 32 clients'],
        rows: [...measured].map(([name, rounds]) => [
          name,
          ...([1, 32] as const).map((clients) =>
            spread(summarize(rounds.map((round) => round[clients].perSecond))),
          ),
          ...([1, 32] as const).map((clients) => times(rounds.map((round) => round[clients]))),
        ]),
      },
      {
        kind: 'table',
        caption: 'What the parent adds to the p50 at 1 client, milliseconds, round by round.',
        head: ['', 'ms'],
        rows: [
          ['kube-egress', added(PARENT, DIRECT)],
          ['Squid', added(NATIVE_PARENT, NATIVE_DIRECT)],
        ],
      },
    ],
  };
}

function times(rounds: readonly Pick<LoadReport, 'p50' | 'p99'>[]): string {
  const median = (pick: (round: Pick<LoadReport, 'p50' | 'p99'>) => number) =>
    figure(summarize(rounds.map(pick)).median);
  return `${median(({ p50 }) => p50)} / ${median(({ p99 }) => p99)}`;
}
