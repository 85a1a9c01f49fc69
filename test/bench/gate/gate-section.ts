import { difference, pairwise, ratio, summarize } from '../figures/summary.ts';
import type { LoadReport } from '../load.ts';
import { figure, spread } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';

export const IGNORE = 'kube-egress, Ignore';
export const REPORT = 'kube-egress, Report';
export const ENFORCE = 'kube-egress, Enforce';
export const NATIVE = 'Squid, dstdomain';

/** What one round gives of one contender. */
export interface GateFigures {
  /** By the number of clients. */
  hello: Record<1 | 32, Pick<LoadReport, 'perSecond' | 'p50' | 'p99'>>;
  /** Microseconds of processor time for a tunnel, by process, at 32 clients. */
  processor: Record<string, number>;
}

/** Pure. `measured`: the figures of each contender, in the order of the rounds. */
export function gateSection(measured: ReadonlyMap<string, readonly GateFigures[]>): ReportSection {
  const of = (name: string) => measured.get(name) ?? [];
  const p50 = (name: string) => of(name).map(({ hello }) => hello[1].p50);
  const speed = (name: string) => of(name).map(({ hello }) => hello[32].perSecond);
  return {
    name: 'gate',
    title: 'TLS server names: what the gate costs a tunnel',
    blocks: [
      {
        kind: 'text',
        text: [
          'A tunnel here is a connection to the proxy, CONNECT, a ClientHello of Go with a post-quantum key, the first byte of',
          'the answer, and a reset. `Ignore`, `Report` and `Enforce` are three namespaces of the same proxy.',
        ].join(' '),
      },
      {
        kind: 'table',
        caption: 'Tunnels a second, and milliseconds until the first byte of the answer (p50 / p99).',
        head: ['proxy', '1 client', '32 clients', 'ms, 1 client', 'ms, 32 clients'],
        rows: [...measured].map(([name, rounds]) => [
          name,
          ...([1, 32] as const).map((clients) =>
            spread(summarize(rounds.map(({ hello }) => hello[clients].perSecond))),
          ),
          ...([1, 32] as const).map((clients) => times(rounds.map(({ hello }) => hello[clients]))),
        ]),
      },
      {
        kind: 'table',
        caption: 'Compared round by round.',
        head: ['', `of the tunnels a second with Ignore, 32 clients`, `added p50 at 1 client, ms`],
        rows: [REPORT, ENFORCE, NATIVE].map((name) => [
          name,
          spread(pairwise(speed(name), speed(IGNORE), ratio)),
          spread(pairwise(p50(name), p50(IGNORE), difference)),
        ]),
      },
      {
        kind: 'table',
        caption: 'Processor time of a tunnel, in microseconds, by process, at 32 clients.',
        head: ['proxy', 'all', 'by process'],
        rows: [...measured].map(([name, rounds]) => [
          name,
          ...costs(rounds.map(({ processor }) => processor)),
        ]),
      },
    ],
  };
}

function times(rounds: readonly Pick<LoadReport, 'p50' | 'p99'>[]): string {
  const median = (pick: (round: Pick<LoadReport, 'p50' | 'p99'>) => number) =>
    figure(summarize(rounds.map(pick)).median);
  return `${median(({ p50 }) => p50)} / ${median(({ p99 }) => p99)}`;
}

function costs(rounds: readonly Record<string, number>[]): [string, string] {
  const all = rounds.map((round) => Object.values(round).reduce((sum, cost) => sum + cost, 0));
  const processes = Object.keys(rounds[0] ?? {}).map((name) => {
    const { median } = summarize(rounds.map((round) => round[name] ?? 0));
    return `${name} ${figure(median)}`;
  });
  return [spread(summarize(all)), processes.join(', ')];
}
