import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubeObject, resources } from '../../../src/kube/index.ts';
import { type ControlPlane, startControlPlane } from '../../integration/support/control-plane.ts';
import { OURS, type WebhookContender, WebhookServers } from '../admission/contenders.ts';
import { podToCreate } from '../admission/reviews.ts';
import type { Benchmark } from '../benchmark.ts';
import { interleave } from '../figures/interleave.ts';
import { processorTime } from '../figures/processor-time.ts';
import { runLoad } from '../load.ts';
import { admissionApiSection, type PlaceFigures } from './admission-api-section.ts';
import { callsOf, type Place, preparePlaces } from './places.ts';

const CLIENTS = [1, 8] as const;
const CREATOR = 'system:serviceaccount:kube-system:replicaset-controller';
const KUBELET = 'system:node:node-1';

export const admissionApiBenchmark: Benchmark = {
  name: 'admission-api',
  summary: 'creates of pods at a real API server without the product, with its guards, its webhook, and both',
  async run({ quick, progress }) {
    progress('starting an API server and the webhooks');
    const folder = mkdtempSync(join(tmpdir(), 'kube-egress-bench-'));
    const servers = new WebhookServers(folder);
    await using plane = await startControlPlane();
    try {
      const webhooks = await servers.start(plane);
      const bodies = writeBodies(folder);
      const places = await preparePlaces(plane, webhooks);
      const meter = { plane, bodies, ours: pidOf(webhooks), length: quick ? 0.3 : 0.8 };
      for (const place of places) await makeRunning(plane, place);
      for (const place of places) {
        progress(`warming up: ${place.name}`);
        await measure({ ...meter, length: quick ? 0.3 : 1 }, place);
      }
      const contenders = places.map((place) => ({ name: place.name, measure: () => measure(meter, place) }));
      return admissionApiSection(await interleave(contenders, { rounds: quick ? 1 : 4, progress }));
    } finally {
      await servers.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Bodies {
  create: string;
  status: string;
}

function writeBodies(folder: string): Bodies {
  const write = (name: string, body: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(body));
    return path;
  };
  const condition = { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
  return {
    create: write('pod.json', podToCreate({ name: 'usual', containers: 2, initContainers: 0, env: 12 })),
    status: write('status.json', { status: { conditions: [condition] } }),
  };
}

function pidOf(webhooks: readonly WebhookContender[]): number {
  return webhooks.find(({ name }) => name === OURS)?.pid ?? 0;
}

const RUNNING = 'running';

/** The pod whose status is updated. */
async function makeRunning({ client }: ControlPlane, { namespace }: Place): Promise<void> {
  const pod = podToCreate({ name: RUNNING, containers: 2, initContainers: 0, env: 12 }) as KubeObject;
  const { generateName, ...metadata } = { generateName: '', ...pod.metadata };
  await client.create(resources.pods, { ...pod, metadata: { ...metadata, name: RUNNING, namespace } });
}

interface Meter {
  plane: ControlPlane;
  bodies: Bodies;
  /** Process id of our webhook. */
  ours: number;
  /** Seconds of a measurement. */
  length: number;
}

async function measure(meter: Meter, place: Place): Promise<PlaceFigures> {
  const pods = `/api/v1/namespaces/${place.namespace}/pods`;
  const create = { path: pods, body: meter.bodies.create, user: CREATOR };
  const before = await callsOf(meter.plane.client, place.webhook);
  const [one, eight] = [await ask(meter, create, CLIENTS[0]), await ask(meter, create, CLIENTS[1])];
  const calls = (await callsOf(meter.plane.client, place.webhook)) - before;
  const patch = { method: 'PATCH', type: 'application/strategic-merge-patch+json' };
  const status = { ...patch, path: `${pods}/${RUNNING}/status`, body: meter.bodies.status, user: KUBELET };
  return { 1: one, 8: eight, calls: calls / (one.all + eight.all), status: await ask(meter, status, 1) };
}

interface Ask {
  path: string;
  method?: string;
  type?: string;
  body: string;
  user: string;
}

/** Dry runs: admission runs in full, and etcd, which is no part of the comparison, writes nothing. */
async function ask({ plane, ours, length }: Meter, request: Ask, clients: 1 | 8) {
  const { method = 'POST', type = 'application/json', path, body, user } = request;
  const { headers } = await plane.cluster.credentials();
  const all = {
    ...headers,
    'Impersonate-User': user,
    'Impersonate-Group': groupOf(user),
    'Content-Type': type,
  };
  const flags = {
    url: `${plane.cluster.server}${path}?dryRun=All`,
    method,
    bodies: body,
    headers: Object.entries(all)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  };
  const used = () => [processorTime(plane.apiServerPid()), processorTime(ours)] as const;
  const before = used();
  const { perSecond, p50, p99, allAnswered } = await runLoad({ kind: 'post', clients, length, flags });
  const [apiServer, webhook] = used().map((time, at) => ((time - (before[at] ?? 0)) * 1000) / allAnswered);
  return { perSecond, p50, p99, all: allAnswered, apiServer: apiServer ?? 0, webhook: webhook ?? 0 };
}

function groupOf(user: string): string {
  return user === KUBELET ? 'system:nodes' : 'system:serviceaccounts';
}
