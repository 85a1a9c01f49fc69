import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  resourceOf,
  resources,
} from '../../../src/kube/index.ts';
import { startControlPlane } from '../../integration/support/control-plane.ts';
import { startWebhookProcess } from '../../integration/support/webhook.ts';
import type { Benchmark } from '../benchmark.ts';
import { makeShop, startOne } from '../rest/components-stage.ts';
import { buildBundles, bundledProgram } from '../rest/running-components.ts';
import { COMPONENTS, type Component, eventLoopsSection, type InputFigures } from './event-loops-section.ts';
import { type Input, inputs } from './inputs.ts';
import { loadProbe, longestTurn, unloadProbe } from './longest-turn.ts';

/** Milliseconds after which a component has done all that an input causes. */
const SETTLE = 2500;
/** Objects that are written at the same time. */
const WRITERS = 4;

type Pids = Partial<Record<Component, number>>;

/** How long the largest objects block the event loop of each component. */
export const eventLoopsBenchmark: Benchmark = {
  name: 'event-loops',
  summary: 'how long the largest objects that the API server takes block the event loop of each component',
  async run({ quick, progress }) {
    progress('building the bundles, starting an API server and the components');
    buildBundles();
    const folder = mkdtempSync(join(tmpdir(), 'kube-egress-event-loops-'));
    await using plane = await startControlPlane();
    loadProbe(folder);
    const pids: number[] = [];
    const started = ({ pid }: { pid: number }) => {
      pids.push(pid);
      return pid;
    };
    try {
      const webhook = started(
        await startWebhookProcess(plane, { logLevel: 'info', program: bundledProgram('webhook') }),
      );
      await makeShop(plane.client);
      const agent = started(await startOne(plane, folder, 'agent'));
      const options = { folder, progress, given: quick ? inputs.slice(0, 2) : inputs };
      const admitted = await measureAll(plane.client, { webhook, agent }, options);
      // The controller would give the webhook a certificate for its Service, which does not exist here. And what admission
      // refuses reaches components nevertheless while the webhook is down.
      await removeWebhook(plane.client);
      const controller = started(await startOne(plane, folder, 'controller'));
      const unasked = await measureAll(plane.client, { controller, agent }, options);
      return eventLoopsSection(admitted.map((one, index) => joined(one, unasked[index] ?? one)));
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      unloadProbe();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function removeWebhook(client: KubeClient): Promise<void> {
  for (const resource of [
    resources.mutatingWebhookConfigurations,
    resources.validatingWebhookConfigurations,
  ]) {
    const { items } = await client.list<KubeObject>(resource);
    for (const { metadata } of items) await client.delete(resource, metadata);
  }
}

interface MeasureOptions {
  folder: string;
  given: readonly Input[];
  progress: (text: string) => void;
}

async function measureAll(
  client: KubeClient,
  pids: Pids,
  { folder, given, progress }: MeasureOptions,
): Promise<InputFigures[]> {
  const figures: InputFigures[] = [];
  for (const input of given) {
    const found = await measure(client, input, () => longestOf(pids, folder));
    progress(`${input.name}: ${JSON.stringify(found)}`);
    figures.push(found);
  }
  return figures;
}

/** The figures of an input with and without the webhook. */
function joined(admitted: InputFigures, unasked: InputFigures): InputFigures {
  const agent = Math.max(admitted.longest.agent ?? 0, unasked.longest.agent ?? 0);
  return { ...admitted, longest: { ...unasked.longest, ...admitted.longest, agent } };
}

async function measure(
  client: KubeClient,
  input: Input,
  longestOf: () => Promise<InputFigures['longest']>,
): Promise<InputFigures> {
  await longestOf();
  const refused = await write(client, input);
  await sleep(SETTLE);
  const longest = await longestOf();
  for (const object of input.objects) await client.delete(resourceOf(object), object.metadata);
  await sleep(SETTLE);
  return { name: input.name, refused, objects: input.objects.length, longest };
}

/** Returns how many objects were refused. */
async function write(client: KubeClient, { objects }: Input): Promise<number> {
  const rest = objects.values();
  let refused = 0;
  const writer = async () => {
    for (const object of rest) if (!(await isTaken(client, object))) refused += 1;
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return refused;
}

async function isTaken(client: KubeClient, object: KubeObject): Promise<boolean> {
  try {
    await client.create(resourceOf(object), object);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** Milliseconds, since the last call. */
async function longestOf(pids: Pids, folder: string): Promise<InputFigures['longest']> {
  const longest: InputFigures['longest'] = {};
  for (const component of COMPONENTS) {
    const pid = pids[component];
    if (pid !== undefined) longest[component] = (await longestTurn(folder, pid)).turn;
  }
  return longest;
}
