import { pairwise, ratio, summarize } from '../figures/summary.ts';
import type { LoadReport } from '../load.ts';
import { figure, spread } from '../report/format.ts';
import type { ReportSection } from '../report/section.ts';

export const CORE_DNS = 'CoreDNS, a name of the cluster';
export const OURS_CLUSTER = 'client-dns before it, the same name';
export const OURS_OUTSIDE = 'client-dns, an outside name (refused)';
export const dnsContenders = [CORE_DNS, OURS_CLUSTER, OURS_OUTSIDE] as const;

/** Pure. `measured`: the reports of each contender, in the order of the rounds. */
export function dnsSection(measured: ReadonlyMap<string, readonly LoadReport[]>): ReportSection {
  const of = (name: string) => measured.get(name) ?? [];
  const values = (name: string, field: 'perSecond' | 'p50' | 'p99') =>
    of(name).map((report) => report[field]);
  const speed = pairwise(values(OURS_CLUSTER, 'perSecond'), values(CORE_DNS, 'perSecond'), ratio);
  return {
    name: 'dns',
    title: 'Closed DNS: the nameserver of the proxy against CoreDNS itself',
    blocks: [
      {
        kind: 'text',
        text: [
          '32 clients with an address each ask over UDP, each its next query after the answer to the last. client-dns is one',
          'process, as in a proxy pod, and forwards names of the cluster to the same CoreDNS, which answers from memory: an',
          `answer through it takes two processes on the same machine. Its queries a second are ${spread(speed)} times those of CoreDNS.`,
        ].join(' '),
      },
      {
        kind: 'table',
        caption:
          'Answers a second and their times in milliseconds, median of the rounds (least to greatest).',
        head: ['asked', 'answers a second', 'p50', 'p99'],
        rows: dnsContenders.map((name) => [
          name,
          spread(summarize(values(name, 'perSecond'))),
          figure(summarize(values(name, 'p50')).median),
          spread(summarize(values(name, 'p99'))),
        ]),
      },
    ],
  };
}
