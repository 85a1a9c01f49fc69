import { join } from 'node:path';
import { OURS, PORT } from '../data/network.ts';
import { tools } from '../tools.ts';
import { type FloodName, numbers } from './rule-set-floods.ts';
import { BARE_SERVER, end, HOSTILE, type Place, SINK, type TenantsStage } from './tenants-stage.ts';

/** Ends the attack; resolves when its processes have ended. */
export type StopAttack = () => Promise<void>;

export interface Attack {
  name: string;
  /** Seconds from its start until the victim is measured. */
  rampSeconds: number;
  /** Against the proxy or, for the machine's floor, elsewhere: a bare server, a process that takes objects. */
  start: (stage: TenantsStage, at: Place) => StopAttack;
}

interface Held {
  kind: 'heads' | 'tunnels' | 'posts';
  connections: number;
  target: string;
  sink?: string;
  sources?: readonly string[];
}

/** Connections that are opened and held. */
function holds({ sources = HOSTILE, ...held }: Held): Attack['start'] {
  return (stage, at) => {
    const options = { ...held, sources, proxy: at === 'proxy' ? OURS : BARE_SERVER };
    const script = join(import.meta.dirname, 'attacker.mjs');
    const child = stage.spawnAttack([process.execPath, script, JSON.stringify(options)]);
    return () => end(child);
  };
}

interface Flood {
  targets: readonly string[];
  clients: number;
  /** Requests a second; without it each client sends the next one after an answer. */
  rate?: number;
  sources?: readonly string[];
}

/** CONNECTs of many clients. */
function floods({ targets, clients, rate = 0, sources = HOSTILE }: Flood): Attack['start'] {
  return (stage, at) => {
    const file = stage.file('hostile-targets', targets.map((target) => `${target}\n`).join(''));
    const flags = [
      `-clients=${clients}`,
      `-rate=${rate}`,
      `-length=1h`,
      `-proxy=${at === 'proxy' ? OURS : BARE_SERVER}`,
      `-sources=${sources.join(',')}`,
      `-targets=${file}`,
    ];
    const child = stage.spawnAttack([tools.load(), 'connect', ...flags]);
    return () => end(child);
  };
}

/** Rule sets that are written again and again, as an agent or a process that drops them watches them. */
function writes(flood: FloodName): Attack['start'] {
  return (stage, at) => {
    const server = stage.flood(at, flood);
    return async () => end(await server, 'SIGTERM');
  };
}

const byNumber = (name: (index: number) => string, count: number) =>
  numbers(count).map((index) => `${name(index)}:${PORT.hold}`);
const HELD = `x.hostile.example.org:${PORT.hold}`;
const oneNamespace = 'one namespace, 30 pods';

function both(first: Attack['start'], second: Attack['start']): Attack['start'] {
  return (stage, at) => {
    const stops = [first(stage, at), second(stage, at)];
    return async () => {
      await Promise.all(stops.map((stop) => stop()));
    };
  };
}

/** As many requests as 64 clients can send, each after the answer to its last one. */
export const floodWithoutPause = floods({ targets: [HELD], clients: 64 });

/** The attacks of one tenant on a proxy pod. Each comes from the namespace `hostile`. */
export const attacks: readonly Attack[] = [
  {
    name: `20,000 connections with unfinished heads of 30 KB (${oneNamespace})`,
    rampSeconds: 14,
    start: holds({ kind: 'heads', connections: 20_000, target: HELD }),
  },
  {
    name: `11,000 tunnels (${oneNamespace})`,
    rampSeconds: 9,
    start: holds({ kind: 'tunnels', connections: 11_000, target: HELD }),
  },
  {
    name: '2,500 POSTs to a server that does not read',
    rampSeconds: 5,
    start: holds({ kind: 'posts', connections: 2500, target: SINK, sink: SINK }),
  },
  {
    name: 'rule sets of 1,000 IPv6 targets with equal low 64 bits, 100 written a second',
    rampSeconds: 2,
    start: writes('ipv6'),
  },
  {
    name: '1,000 rule sets of 1,000 names, 100 written a second',
    rampSeconds: 11,
    start: writes('names'),
  },
  {
    name: '300 rule sets with 250 KB of annotations, 25 written a second',
    rampSeconds: 13,
    start: writes('annotations'),
  },
  {
    name: '1,250 names a second of a silent nameserver',
    rampSeconds: 3,
    start: floods({
      targets: byNumber((name) => `n${name}.silent.example.org`, 100_000),
      clients: 600,
      rate: 1250,
    }),
  },
  {
    name: 'selectors of 1,000 values, 100 written a second, and 500 requests a second',
    rampSeconds: 2,
    start: both(
      writes('selectors'),
      floods({ targets: byNumber((name) => `n${name}.hostile.example.net`, 10_000), clients: 8, rate: 500 }),
    ),
  },
  {
    name: 'one pod with 500 refused requests a second',
    rampSeconds: 2,
    start: floods({
      targets: byNumber((name) => `n${name}.refused.example.net`, 10_000),
      clients: 8,
      rate: 500,
      sources: HOSTILE.slice(0, 1),
    }),
  },
  {
    name: 'requests without a pause from 64 clients',
    rampSeconds: 3,
    start: floodWithoutPause,
  },
];
