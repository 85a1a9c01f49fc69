import { figure } from '../report/format.ts';
import type { Goal, ReportSection } from '../report/section.ts';

/** What the victim got while it was measured; milliseconds. */
export interface VictimFigures {
  p50: number;
  p99: number;
  answered: number;
  failed: number;
}

export interface AttackFigures {
  name: string;
  before: VictimFigures;
  /** Beside the same traffic or objects elsewhere: what the machine's processors do to the victim. */
  floor: VictimFigures | undefined;
  during: VictimFigures;
  after: VictimFigures;
  /** The most bytes that the containers used while it was attacked, files in memory included. */
  memory: { squid: number; agent: number };
  /** Whether Squid and agent outlived it. */
  intact: boolean;
}

const MOST_RATIO = 2;

/** Milliseconds in which the kill switch works. */
const KILLED_IN = 1000;

/** `killed`: milliseconds from the change of a flooding namespace to blocked until its last allowed request. Pure. */
export function tenantsSection(figures: readonly AttackFigures[], killed: number): ReportSection {
  return {
    name: 'tenants',
    title: 'Tenants: what an attack from one namespace does to another',
    blocks: [
      { kind: 'goals', goals: [...goals(figures), killSwitchGoal(killed)] },
      {
        kind: 'text',
        text: [
          'The victim opens 200 tunnels a second through one proxy pod: the real Squid, relays and agent with the default',
          'limits of EgressProxy, in cgroups with the default memory of their containers (1 GiB each), as processes and not',
          'as pods. The attacker is another namespace of 30 pods; its processes have the scheduling class idle, since an',
          'attacker elsewhere takes no processor from the proxy. Its rule sets come three times as fast as an API server with',
          'etcd takes them on two cores, from a process that the agent watches as it watches an API server, but without TLS.',
          'Squid, agent and the victim go ahead of other work on the machine (nice -10). Floor: the same traffic goes to a bare',
          'TCP server instead, or a process watches the same rule sets and drops them, and the victim is measured through the',
          'otherwise idle proxy, so that it shows what sharing the machine still costs.',
        ].join(' '),
      },
      {
        kind: 'table',
        caption: 'The victim: p50 / p99 in milliseconds, and failed requests of all.',
        head: ['attack', 'before', 'floor', 'during', 'after'],
        rows: figures.map(({ name, before, floor, during, after }) => [
          name,
          victim(before),
          floor === undefined ? '' : victim(floor),
          victim(during),
          victim(after),
        ]),
      },
      {
        kind: 'table',
        caption: 'The most memory during the attack, MB, of 1,074.',
        head: ['attack', 'Squid and relays', 'agent', 'ended'],
        rows: figures.map(({ name, memory, intact }) => [
          name,
          figure(memory.squid / 1e6),
          figure(memory.agent / 1e6),
          intact ? '' : 'yes',
        ]),
      },
    ],
  };
}

function killSwitchGoal(killed: number): Goal {
  return {
    text: 'mode: blocked for a flooding namespace: its last allowed request after at most 1,000 ms',
    found: killed < 0 ? 'none after the change' : `${figure(killed)} ms`,
    met: killed <= KILLED_IN,
  };
}

function victim({ p50, p99, answered, failed }: VictimFigures): string {
  const errors = failed === 0 ? '' : `, ${figure(failed)} of ${figure(answered + failed)} failed`;
  return `${figure(p50)} / ${figure(p99)}${errors}`;
}

function goals(figures: readonly AttackFigures[]): Goal[] {
  const failed = figures.reduce((sum, { during, after }) => sum + during.failed + after.failed, 0);
  const ended = figures.filter(({ intact }) => !intact);
  const slow = figures.filter(({ before, during }) => !(during.p99 <= MOST_RATIO * before.p99));
  const slower = figures.filter(
    ({ before, floor = before, during }) => !(during.p99 <= MOST_RATIO * Math.max(floor.p99, before.p99)),
  );
  const some = (list: readonly AttackFigures[]) => list.map(({ name }) => name).join('; ') || 'none';
  return [
    { text: 'failed requests of the victim: 0', found: figure(failed), met: failed === 0 },
    { text: 'attacks that end Squid or agent: none', found: some(ended), met: ended.length === 0 },
    {
      text: 'attacks with a p99 of the victim over twice its own: none',
      found: `${slow.length} of ${figures.length}`,
      met: slow.length === 0,
    },
    {
      text: 'attacks with a p99 of the victim over twice the floor: none',
      found: some(slower),
      met: slower.length === 0,
    },
  ];
}
