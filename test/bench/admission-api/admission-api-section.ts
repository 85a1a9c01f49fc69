import { FLOOR, OURS } from '../admission/contenders.ts';
import { difference, pairwise, ratio, summarize } from '../figures/summary.ts';
import { figure, spread } from '../report/format.ts';
import type { Block, ReportSection } from '../report/section.ts';
import { GUARDS, UNLABELLED, WEBHOOK, WITHOUT } from './places.ts';

/** What requests of one kind take. */
export interface RequestFigures {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Microseconds of the API server's processor time for each request, and of our webhook's. */
  apiServer: number;
  webhook: number;
}

/** What one round gives of one place: creates of pods by one and by eight clients, and updates of a pod's status. */
export interface PlaceFigures {
  1: RequestFigures;
  8: RequestFigures;
  status: RequestFigures;
  /** Calls of the place's webhook for each create. */
  calls: number;
}

type Measured = ReadonlyMap<string, readonly PlaceFigures[]>;

/** From issue 19: milliseconds that a create may take longer, and the share of the creates a second that remains. */
const MOST_ADDED = 2;
const LEAST_SHARE = 0.8;

/** Pure. `measured`: the figures of each place, in the order of the rounds. */
export function admissionApiSection(measured: Measured): ReportSection {
  const compared = (name: string, pick: Pick, compare: typeof ratio) =>
    pairwise(values(measured, name, pick), values(measured, WITHOUT, pick), compare);
  const added = compared(OURS, (round) => round[1].p50, difference);
  const share = compared(OURS, (round) => round[8].perSecond, ratio);
  const others = [...measured.keys()].filter((name) => name !== WITHOUT);
  return {
    name: 'admission-api',
    title: 'Admission at an API server: what a pod’s creation takes',
    blocks: [
      {
        kind: 'goals',
        goals: [
          {
            text: `p50 of a create, 1 client: at most ${MOST_ADDED} ms more than without the product`,
            found: `${spread(added)} ms`,
            met: added.median <= MOST_ADDED,
          },
          {
            text: `creates a second, 8 clients: at least ${LEAST_SHARE} of those without the product`,
            found: spread(share),
            met: share.median >= LEAST_SHARE,
          },
        ],
      },
      { kind: 'text', text: explanation },
      {
        kind: 'table',
        caption: 'Pods with two containers of 12 variables: creates a second, and milliseconds (p50 / p99).',
        head: ['admission', '1 client', '8 clients', 'ms, 1 client', 'ms, 8 clients', 'calls a create'],
        rows: [...measured].map(([name, rounds]) => [
          name,
          ...([1, 8] as const).map((clients) =>
            spread(summarize(rounds.map((round) => round[clients].perSecond))),
          ),
          ...([1, 8] as const).map((clients) => times(rounds.map((round) => round[clients]))),
          figure(summarize(rounds.map(({ calls }) => calls)).median),
        ]),
      },
      {
        kind: 'table',
        caption: 'Against creates without any admission of this kind, round by round.',
        head: ['admission', 'added p50, 1 client, ms', 'of the creates a second, 8 clients'],
        rows: others.map((name) => [
          name,
          spread(compared(name, (round) => round[1].p50, difference)),
          spread(compared(name, (round) => round[8].perSecond, ratio)),
        ]),
      },
      processorTable(measured),
    ],
  };
}

const explanation = [
  'Everything is installed once on one API server, and namespaces differ in what holds there. Creates are dry runs by the',
  `controller of ReplicaSets: admission runs in full, and nothing is written to etcd. “${FLOOR}” is a webhook that changes`,
  'nothing; what it adds is the API server’s price for a call. Load generator, API server, etcd and webhook share the',
  'processors, so that creates a second fall by the processor time of all of them.',
].join(' ');

type Pick = (round: PlaceFigures) => number;

function values(measured: Measured, name: string, pick: Pick): number[] {
  return (measured.get(name) ?? []).map(pick);
}

function times(rounds: readonly RequestFigures[]): string {
  const median = (pick: (figures: RequestFigures) => number) => figure(summarize(rounds.map(pick)).median);
  return `${median(({ p50 }) => p50)} / ${median(({ p99 }) => p99)}`;
}

function processorTable(measured: Measured): Block {
  const ours = [UNLABELLED, GUARDS, WEBHOOK, OURS];
  const cell = (rounds: readonly PlaceFigures[], pick: Pick) => spread(summarize(rounds.map(pick)));
  return {
    kind: 'table',
    caption:
      'Processor time in microseconds: of a create at 8 clients, and of an update of a pod’s status by its node.',
    head: ['admission', 'create: API server', 'create: our webhook', 'status: API server'],
    rows: [...measured].map(([name, rounds]) => [
      name,
      cell(rounds, (round) => round[8].apiServer),
      ours.includes(name) ? cell(rounds, (round) => round[8].webhook) : '',
      cell(rounds, ({ status }) => status.apiServer),
    ]),
  };
}
