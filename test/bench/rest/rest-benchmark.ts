import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeClient, resources } from '../../../src/kube/index.ts';
import { startControlPlane } from '../../integration/support/control-plane.ts';
import { installCrds } from '../../integration/support/crds.ts';
import { named, PRODUCT } from '../../integration/support/webhook.ts';
import type { Benchmark } from '../benchmark.ts';
import { processorTime, residentBytes } from '../figures/processor-time.ts';
import { makeShop, startOne } from './components-stage.ts';
import { makePods } from './many-pods.ts';
import { type Rest, restSection } from './rest-section.ts';
import { buildBundles, giveCertificate, type RunningComponent } from './running-components.ts';
import { ruleToEffect } from './watch-latency.ts';

const COMPONENTS = ['webhook', 'controller', 'agent', 'agent 2'] as const;
/** Address of the first pod. */
const SOURCE = '10.244.0.1';

export const restBenchmark: Benchmark = {
  name: 'rest',
  summary:
    'start of each component, a rule from the API server to its effect, memory and processor time while idle',
  async run({ quick, progress }) {
    progress('building the bundles, starting an API server');
    buildBundles();
    const folder = mkdtempSync(join(tmpdir(), 'kube-egress-rest-'));
    const running: RunningComponent[] = [];
    await using plane = await startControlPlane();
    try {
      await setStage(plane.client);
      const start = (name: string) => startOne(plane, folder, name);
      const starts = await measureStarts(start, quick ? 1 : 7, progress);
      for (const name of COMPONENTS) running.push(await start(name));
      progress('changing rules');
      const changes = await measureChanges(plane.client, folder, quick ? 5 : 100);
      const rests = await measureRests(plane.client, running, { ...(quick ? QUICK : FULL), progress });
      return restSection({ starts, changes, rests });
    } finally {
      for (const { child } of running) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Numbers of pods, and seconds of each look. */
const FULL = { counts: [1, 1000, 5000], seconds: 10 };
const QUICK = { counts: [1, 200], seconds: 2 };

async function measureStarts(
  start: (name: string) => Promise<RunningComponent>,
  times: number,
  progress: (text: string) => void,
): Promise<Record<string, number[]>> {
  const starts: Record<string, number[]> = {};
  for (const name of COMPONENTS.slice(0, 3)) {
    progress(`starting the ${name} ${times} times`);
    starts[name] = await startTimes(() => start(name), times);
  }
  return starts;
}

async function measureChanges(client: KubeClient, folder: string, count: number): Promise<number[]> {
  const sockets = ['agent', 'agent-2'].map((name) => join(folder, name, 'agent.sock'));
  const changes: number[] = [];
  for (let number = 1; number <= count; number += 1)
    changes.push(await ruleToEffect(client, sockets, { source: SOURCE, number }));
  return changes;
}

async function measureRests(
  client: KubeClient,
  running: readonly RunningComponent[],
  { counts, seconds, progress }: typeof FULL & { progress: (text: string) => void },
): Promise<Rest[]> {
  const rests: Rest[] = [];
  let pods = 1;
  for (const count of counts) {
    progress(`at rest with ${count} pods`);
    await makePods(client, pods, count);
    pods = count;
    rests.push(await measureRest(running, count, seconds));
  }
  return rests;
}

async function setStage(client: KubeClient): Promise<void> {
  await installCrds(client);
  await client.create(resources.namespaces, named('v1', 'Namespace', PRODUCT));
  await giveCertificate(client);
  await makeShop(client);
  await makePods(client, 0, 1);
}

async function startTimes(start: () => Promise<RunningComponent>, times: number): Promise<number[]> {
  const found: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const { readyMs, child } = await start();
    found.push(readyMs);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  return found;
}

/** `seconds`: how long it is looked at, after as long a rest. */
async function measureRest(
  running: readonly RunningComponent[],
  pods: number,
  seconds: number,
): Promise<Rest> {
  await sleep(seconds * 500);
  const before = running.map(({ pid }) => processorTime(pid));
  await sleep(seconds * 1000);
  const components = running.map(({ name, pid }, index) => [
    name,
    { memory: residentBytes(pid), processor: (processorTime(pid) - (before[index] ?? 0)) / seconds },
  ]);
  return { pods, components: Object.fromEntries(components) };
}
