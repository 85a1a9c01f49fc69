import type { LongestTurn } from '../event-loops/longest-turn.ts';
import { quantile } from '../figures/summary.ts';
import { figure } from '../report/format.ts';
import type { Bar, Block, Goal, ReportSection } from '../report/section.ts';

/** What is in the cluster: all namespaces are enforced and alike. */
export interface Size {
  namespaces: number;
  /** In each namespace, as are `ruleSets`. */
  pods: number;
  ruleSets: number;
  /** In each rule set. */
  targets: number;
}

/** Milliseconds and bytes. */
export interface ComponentFigures {
  /** From the start of the process until /readyz says yes. */
  readyMs: number;
  /** Resident memory, the largest that was seen. */
  memory: number;
  /** The longest turn of the event loop. */
  longest: LongestTurn;
}

export interface ScaleFigures {
  size: Size;
  /** A controller that finds every namespace open. */
  first: ComponentFigures & {
    /** When each namespace was closed, from the start of the process. */
    closed: number[];
    /** Until nothing more was written. */
    convergedMs: number;
    /** By `verb resource`. */
    writes: [name: string, count: number][];
  };
  /** A controller that finds everything as it should be. */
  resync: ComponentFigures & {
    /** From the start of the process until every key was reconciled. */
    convergedMs: number;
    writes: [name: string, count: number][];
    requests: [name: string, count: number][];
    /** Writes of the seconds after it, in which nothing changed. */
    idle: { seconds: number; writes: [name: string, count: number][] };
  };
  agent: ComponentFigures & { decisions: number[] };
  webhook: ComponentFigures;
}

const MB = 1e6;
/** From the issue: milliseconds, bytes. */
const MOST = {
  closed: 120_000,
  resync: 60_000,
  agentReady: 30_000,
  agentMemory: 300 * MB,
  controllerMemory: 500 * MB,
  webhookMemory: 300 * MB,
  decision: 1,
  turn: 50,
};

/** Pure. The goals are those of the largest size. */
export function scaleSection(figures: readonly ScaleFigures[]): ReportSection {
  const largest = figures.at(-1);
  return {
    name: 'scale',
    title: 'Scale',
    blocks: [
      ...(largest === undefined ? [] : [{ kind: 'goals' as const, goals: goalsOf(largest) }]),
      {
        kind: 'text',
        text: [
          'A real API server and etcd hold the namespaces, pods with a status and rule sets. The components run as the image starts',
          'them, one after the other, on the same machine. The first controller finds every namespace open, and pods without',
          'variables, about which it has something to say.',
        ].join(' '),
      },
      timesTable(figures),
      memoryTable(figures),
      ...figures.map(writesTable),
      ...charts(figures),
    ],
  };
}

function goalsOf({ size, first, resync, agent, webhook }: ScaleFigures): Goal[] {
  const last = first.closed.at(-1) ?? Number.POSITIVE_INFINITY;
  const p99 = quantile(agent.decisions, 0.99);
  const below = (text: string, found: number, most: number, unit: string, divisor = 1): Goal => ({
    text: `${text} under ${figure(most / divisor)} ${unit}`,
    found: `${figure(found / divisor)} ${unit}`,
    met: found < most,
  });
  const turns = { controller: first.longest, agent: agent.longest, webhook: webhook.longest };
  return [
    below(`${figure(size.namespaces)} namespaces closed in`, last, MOST.closed, 's', 1000),
    below('resync of a converged cluster in', resync.convergedMs, MOST.resync, 's', 1000),
    {
      text: 'the resync of a converged cluster, and the time after it, write nothing',
      found: describeRequests([...resync.writes, ...resync.idle.writes]) || 'nothing',
      met: resync.writes.length + resync.idle.writes.length === 0,
    },
    below("controller's memory", Math.max(first.memory, resync.memory), MOST.controllerMemory, 'MB', MB),
    below('agent ready in', agent.readyMs, MOST.agentReady, 's', 1000),
    below("agent's memory", agent.memory, MOST.agentMemory, 'MB', MB),
    below('decision, p99,', p99, MOST.decision, 'ms'),
    below("webhook's memory", webhook.memory, MOST.webhookMemory, 'MB', MB),
    ...Object.entries(turns).map(([name, { turn }]) =>
      below(`${name}: longest turn of the event loop`, turn, MOST.turn, 'ms'),
    ),
  ];
}

function timesTable(figures: readonly ScaleFigures[]): Block {
  const seconds = (ms: number | undefined) => figure((ms ?? Number.NaN) / 1000);
  return {
    kind: 'table',
    caption: 'Times, seconds. Closed: from the start of a controller that finds all namespaces open.',
    head: ['', ...figures.map(({ size }) => `${figure(size.namespaces)} namespaces`)],
    rows: [
      ['half of the namespaces closed', ...figures.map(({ first }) => seconds(quantile(first.closed, 0.5)))],
      ['all namespaces closed', ...figures.map(({ first }) => seconds(first.closed.at(-1)))],
      ['everything written', ...figures.map(({ first }) => seconds(first.convergedMs))],
      [
        'controller, nothing to write: all reconciled',
        ...figures.map(({ resync }) => seconds(resync.convergedMs)),
      ],
      ['controller ready', ...figures.map(({ resync }) => seconds(resync.readyMs))],
      ['agent ready', ...figures.map(({ agent }) => seconds(agent.readyMs))],
      ['webhook ready', ...figures.map(({ webhook }) => seconds(webhook.readyMs))],
      [
        'decision of the agent, p50 and p99, ms',
        ...figures.map(({ agent: { decisions } }) =>
          [0.5, 0.99].map((share) => figure(quantile(decisions, share))).join(' / '),
        ),
      ],
    ],
  };
}

function memoryTable(figures: readonly ScaleFigures[]): Block {
  const components = ['first', 'resync', 'agent', 'webhook'] as const;
  const names = {
    first: 'controller, everything to write',
    resync: 'controller, nothing to write',
    agent: 'agent',
    webhook: 'webhook',
  };
  return {
    kind: 'table',
    caption:
      'Memory (RSS, the most that was seen, MB), and the longest turn of the event loop with its part of garbage collection (ms).',
    head: [
      '',
      ...figures.flatMap(({ size }) => [`MB, ${figure(size.namespaces)} namespaces`, 'turn', 'garbage']),
    ],
    rows: components.map((component) => [
      names[component],
      ...figures.flatMap((each) => [
        figure(each[component].memory / MB),
        figure(each[component].longest.turn),
        figure(each[component].longest.collected),
      ]),
    ]),
  };
}

function writesTable({ size, first, resync }: ScaleFigures): Block {
  return {
    kind: 'table',
    caption: `Requests of a controller with ${figure(size.namespaces)} namespaces, ${figure(size.namespaces * size.pods)} pods and ${figure(size.namespaces * size.ruleSets)} rule sets.`,
    head: ['', 'requests'],
    rows: [
      ['writes, everything to write', describeRequests(first.writes)],
      ['writes, nothing to write', describeRequests(resync.writes) || 'none'],
      [`writes in ${resync.idle.seconds} s after it`, describeRequests(resync.idle.writes) || 'none'],
      ['reads of a start', describeRequests(resync.requests)],
    ],
  };
}

export function describeRequests(requests: readonly [string, number][]): string {
  return requests.map(([name, count]) => `${name} ${figure(count)}`).join(', ');
}

function charts(figures: readonly ScaleFigures[]): Block[] {
  const bars = (read: (figures: ScaleFigures) => [label: string, value: number][]): Bar[] =>
    figures.flatMap((each) =>
      read(each).map(([name, value]) => ({
        label: `${name}, ${figure(each.size.namespaces)} namespaces`,
        value,
        low: value,
        high: value,
        ours: true,
      })),
    );
  const memory = bars(({ first, agent, webhook }) => [
    ['controller', first.memory / MB],
    ['agent', agent.memory / MB],
    ['webhook', webhook.memory / MB],
  ]);
  const times = bars(({ first, resync, agent }) => [
    ['all closed', (first.closed.at(-1) ?? 0) / 1000],
    ['resync', resync.convergedMs / 1000],
    ['agent ready', agent.readyMs / 1000],
  ]);
  return [
    { kind: 'chart', chart: { file: 'scale-memory', title: 'Memory', unit: 'MB', bars: memory } },
    { kind: 'chart', chart: { file: 'scale-times', title: 'Times', unit: 's', bars: times } },
  ];
}
