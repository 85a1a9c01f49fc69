import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '../../../src/kube/index.ts';
import { type ControlPlane, startControlPlane } from '../../integration/support/control-plane.ts';
import { installCrds } from '../../integration/support/crds.ts';
import { named, PRODUCT } from '../../integration/support/webhook.ts';
import type { Benchmark } from '../benchmark.ts';
import { loadProbe, longestTurn, unloadProbe } from '../event-loops/longest-turn.ts';
import { makeShop, startOne } from '../rest/components-stage.ts';
import { buildBundles, giveCertificate, type RunningComponent } from '../rest/running-components.ts';
import { type ApiRequests, countRequests, requestsBetween, totalOf, writesOf } from './api-requests.ts';
import { fillCluster } from './fill-cluster.ts';
import {
  type ComponentFigures,
  describeRequests,
  type ScaleFigures,
  type Size,
  scaleSection,
} from './scale-section.ts';
import { timeDecisions } from './time-decisions.ts';
import { timePolicies, untilClosed } from './time-policies.ts';

const sizeOf = (namespaces: number): Size => ({ namespaces, pods: 15, ruleSets: 2, targets: 20 });

const sizes: Readonly<Record<string, readonly Size[]>> = {
  short: [sizeOf(200)],
  tenth: [sizeOf(1000)],
  full: [sizeOf(10_000)],
};
const documented: readonly Size[] = [sizeOf(1000), sizeOf(10_000)];

export const scaleBenchmark: Benchmark = {
  name: 'scale',
  summary: 'a cluster of 10,000 namespaces, 150,000 pods and 20,000 rule sets: times, memory, requests',
  async run({ quick, size = quick ? 'short' : undefined, progress }) {
    const chosen = size === undefined ? documented : sizes[size];
    if (chosen === undefined) throw new Error(`--size is one of ${Object.keys(sizes).join(', ')}`);
    progress('building the bundles');
    buildBundles();
    const figures: ScaleFigures[] = [];
    for (const each of chosen) figures.push(await measureSize(each, progress));
    return scaleSection(figures);
  },
};

interface Stage {
  plane: ControlPlane;
  folder: string;
  size: Size;
  progress: (text: string) => void;
}

async function measureSize(size: Size, progress: (text: string) => void): Promise<ScaleFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-egress-scale-'));
  await using plane = await startControlPlane();
  const stage = { plane, folder, size, progress };
  loadProbe(folder);
  try {
    await installCrds(plane.client);
    await plane.client.create(resources.namespaces, named('v1', 'Namespace', PRODUCT));
    await giveCertificate(plane.client);
    await makeShop(plane.client);
    await fillCluster(plane, size, progress);
    const agent = await measureAgent(stage);
    const webhook = await measureWebhook(stage);
    const first = await measureFirst(stage);
    const resync = await measureResync(stage);
    return { size, first, resync, agent, webhook };
  } finally {
    unloadProbe();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureAgent(stage: Stage): Promise<ScaleFigures['agent']> {
  stage.progress('starting an agent');
  return using(stage, 'agent', async (component) => {
    const socket = join(stage.folder, 'agent', 'agent.sock');
    await timeDecisions(socket, stage.size, WARM_UP);
    const decisions = await timeDecisions(socket, stage.size, DECISIONS);
    return { ...(await figuresOf(stage, component)), decisions };
  });
}

const WARM_UP = 500;
const DECISIONS = 5000;

async function measureWebhook(stage: Stage): Promise<ComponentFigures> {
  stage.progress('starting a webhook');
  return using(stage, 'webhook', (component) => figuresOf(stage, component));
}

async function measureFirst(stage: Stage): Promise<ScaleFigures['first']> {
  const { plane, size, progress } = stage;
  progress('starting a controller');
  const before = await countRequests(plane.client);
  const policies = await timePolicies(plane.client);
  const begun = performance.now();
  return using(stage, 'controller 1', async (component) => {
    // The shop is one of them.
    const limitMs = LIMIT_PER_NAMESPACE * size.namespaces + 60_000;
    const told = (closed: number) => progress(`${closed} namespaces are closed`);
    await untilClosed(policies, size.namespaces + 1, { limitMs, progress: told });
    await policies.stop();
    progress('all namespaces are closed');
    const { convergedMs, requests } = await untilQuiet(stage, before, begun);
    const figures = await figuresOf(stage, component);
    return { ...figures, closed: policies.closed(), convergedMs, writes: writesOf(requests) };
  });
}

/** Milliseconds. */
const LIMIT_PER_NAMESPACE = 300;

async function measureResync(stage: Stage): Promise<ScaleFigures['resync']> {
  const { plane, progress } = stage;
  progress('starting a controller again');
  const before = await countRequests(plane.client);
  const begun = performance.now();
  return using(stage, 'controller 2', async (component) => {
    const convergedMs = await untilReconciled(component, begun);
    const after = await countRequests(plane.client);
    const requests = requestsBetween(before, after);
    await sleep(IDLE_SECONDS * 1000);
    const idle = writesOf(requestsBetween(after, await countRequests(plane.client)));
    return {
      ...(await figuresOf(stage, component)),
      convergedMs,
      writes: writesOf(requests),
      requests: requests.filter(([name]) => /^(LIST|GET|WATCH|WATCHLIST) /.test(name)),
      idle: { seconds: IDLE_SECONDS, writes: idle },
    };
  });
}

const IDLE_SECONDS = 30;

/** Resolves when nothing was written for a while; the time of the last write, and all requests until then. */
async function untilQuiet(
  { plane, progress }: Stage,
  before: ApiRequests,
  begun: number,
): Promise<{ convergedMs: number; requests: [string, number][] }> {
  let requests = requestsBetween(before, await countRequests(plane.client));
  let changedAt = performance.now();
  for (let told = changedAt; performance.now() - changedAt < QUIET; await sleep(1000)) {
    const now = requestsBetween(before, await countRequests(plane.client));
    if (totalOf(writesOf(now)) !== totalOf(writesOf(requests))) changedAt = performance.now();
    requests = now;
    if (performance.now() - told < 10_000) continue;
    told = performance.now();
    progress(`written: ${describeRequests(writesOf(requests))}`);
  }
  return { convergedMs: changedAt - begun, requests };
}

/** Milliseconds without a write after which everything is written. */
const QUIET = 10_000;

/** Resolves when the queues of a controller were empty and it reconciled nothing for a while. */
async function untilReconciled({ telemetryPort }: RunningComponent, begun: number): Promise<number> {
  const read = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${telemetryPort}/metrics`)).text();
    const sum = (name: string) =>
      [...metrics.matchAll(new RegExp(`^kube_egress_${name}\\{[^}]*\\} (\\S+)$`, 'gm'))]
        .map(([, value]) => Number(value))
        .reduce((a, b) => a + b, 0);
    return { waiting: sum('work_queue_depth'), reconciled: sum('reconciles_total') };
  };
  let changedAt = performance.now();
  for (let last = -1; performance.now() - changedAt < RESTING; await sleep(200)) {
    const { waiting, reconciled } = await read();
    // A few are reconciled again and again, such as those that ask agents.
    if (waiting > 0 || reconciled > last + 20 || reconciled < MOST_WITHOUT) changedAt = performance.now();
    last = reconciled;
  }
  return changedAt - begun;
}

/** Milliseconds. */
const RESTING = 3000;
/** Reconciliations that do not depend on the namespaces. */
const MOST_WITHOUT = 50;

/** Starts a component, uses it and ends it; a controller gives its leadership up. */
async function using<T>(
  { plane, folder }: Stage,
  name: string,
  use: (component: RunningComponent) => Promise<T>,
): Promise<T> {
  const component = await startOne(plane, folder, name);
  const ended = new Promise((resolve) => component.child.once('exit', resolve));
  try {
    return await use(component);
  } finally {
    component.child.kill('SIGTERM');
    await ended;
  }
}

async function figuresOf({ folder }: Stage, { pid, readyMs }: RunningComponent): Promise<ComponentFigures> {
  return { readyMs, memory: peakBytes(pid), longest: await longestTurn(folder, pid) };
}

/** Bytes: the most that a process had in memory, VmHWM. */
function peakBytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
