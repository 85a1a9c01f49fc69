import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { API_VERSION, annotation, type Condition, type EgressProxy } from '../../../src/api/index.ts';
import {
  type ControllerDependencies,
  type ControllerOptions,
  type StartedController,
  startController,
} from '../../../src/controller/index.ts';
import {
  ApiError,
  type KubeClient,
  type KubeObject,
  type Pod,
  type Resource,
  resources,
} from '../../../src/kube/index.ts';
import { createMetrics, type Log, silentLog } from '../../../src/telemetry/index.ts';
import { systemClock } from '../../../src/time/index.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';

export const PRODUCT = 'kube-egress-system';
const manifests = new URL('../../../manifests/base/', import.meta.url);
const controllerUser = `system:serviceaccount:${PRODUCT}:kube-egress-controller`;

export interface RunningController {
  readonly controller: StartedController;
  /** Every warning and error that it has logged. */
  readonly complaints: string[];
  /** `kind namespace/name` of every object that it has applied, in order. */
  readonly applied: string[];
  /** How many of these are not answered yet. */
  readonly underWay: number;
  stop(): Promise<void>;
}

/** A control plane with the product's CRDs, roles, guards and admission configurations, and no webhook behind them. */
export interface Stage {
  readonly plane: ControlPlane;
  /** The administrator's. */
  readonly client: KubeClient;
  /** With the rights of its ServiceAccount and no others. */
  startController(
    options?: Partial<ControllerOptions> &
      Pick<ControllerDependencies, 'clock' | 'resolveName'> & {
        /** `Kind namespace/name` of an object that it never comes to write: it ends before. */
        endsBefore?: string;
      },
  ): RunningController;
  stopControllers(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const plane = await startControlPlane();
  const { client } = plane;
  await installCrds(client);
  for (const name of [PRODUCT, 'egress-proxy']) await createNamespace(client, name);
  for (const folder of ['rbac', 'guards', 'admission']) {
    for (const object of await readManifests(folder)) await applyManifest(client, object);
  }
  const running = new Set<RunningController>();
  // The API server takes roles over a moment after they are written.
  const lease = { namespace: PRODUCT, name: 'kube-egress-controller' };
  await until('the controller may read the cluster', () => mayList(plane, resources.deployments), Boolean);
  await until(
    'the controller may have its Lease',
    () => isAllowed(asController(plane).find(resources.leases, lease)),
    Boolean,
  );
  return {
    plane,
    client,
    startController({ clock = systemClock, resolveName, endsBefore, ...options } = {}) {
      const stopping = new AbortController();
      const complaints: string[] = [];
      const applied: string[] = [];
      const client = asController(plane);
      const underWay = recordApplied(client, applied, endsBefore);
      const controller = startController(
        {
          productNamespace: PRODUCT,
          identity: `controller-${running.size}`,
          image: 'kube-egress:test',
          dnsService: { namespace: 'kube-system', name: 'kube-dns' },
          clusterDomain: undefined,
          foundDomain: 'cluster.local',
          // Held while a busy machine has no time to renew it, and released at the end: the next one need not wait.
          lease: { leaseDurationMs: 30_000, renewDeadlineMs: 20_000, retryPeriodMs: 200 },
          ...options,
        },
        {
          client,
          cluster: plane.cluster,
          log: complaining(complaints),
          metrics: createMetrics(),
          clock,
          ...(resolveName && { resolveName }),
        },
        stopping.signal,
      );
      const one: RunningController = {
        controller,
        complaints,
        applied,
        get underWay() {
          return underWay.size;
        },
        async stop() {
          stopping.abort(new Error('stopped'));
          await controller.ended;
          running.delete(one);
        },
      };
      running.add(one);
      return one;
    },
    stopControllers: () => stopAll(running),
    async stop() {
      await stopAll(running);
      await plane.stop();
    },
  };
}

function asController(plane: ControlPlane): KubeClient {
  return plane.as(controllerUser, ['system:serviceaccounts', 'system:authenticated']);
}

/** Whether the controller's ServiceAccount may list these now. */
export function mayList(plane: ControlPlane, resource: Resource): Promise<boolean> {
  return isAllowed(asController(plane).list(resource));
}

async function isAllowed(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}

async function stopAll(running: Iterable<RunningController>): Promise<void> {
  for (const one of running) await one.stop();
}

/** Calls that are not answered yet come back. */
function recordApplied(client: KubeClient, applied: string[], endsBefore?: string): ReadonlySet<unknown> {
  const apply = client.apply.bind(client);
  const underWay = new Set<object>();
  client.apply = async (object, options) => {
    const id = `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    applied.push(id);
    underWay.add(object);
    try {
      return await (id === endsBefore ? untilStopped(options.signal) : apply(object, options));
    } finally {
      underWay.delete(object);
    }
  };
  return underWay;
}

function untilStopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}

function complaining(complaints: string[]): Log {
  const complain = (fields: object, message: string) => {
    const { err } = fields as { err?: Error };
    complaints.push(`${message}${err ? `: ${err.message}` : ''} ${JSON.stringify(fields)}`);
  };
  return { ...silentLog, warn: complain, error: complain };
}

export async function applyManifest(client: KubeClient, object: KubeObject): Promise<void> {
  await client.apply(object, { fieldManager: 'kubectl', force: true });
}

/** What nobody checks here may be written all the same. */
function lenient(object: KubeObject): KubeObject {
  const { webhooks } = object as { webhooks?: object[] };
  if (webhooks === undefined) return object;
  const ignoring = webhooks.map((webhook) => ({ ...webhook, failurePolicy: 'Ignore' }));
  return { ...object, webhooks: ignoring } as KubeObject;
}

export async function readManifests(folder: string): Promise<KubeObject[]> {
  const dir = new URL(`${folder}/`, manifests);
  const files = (await readdir(dir)).filter(
    (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
  );
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, dir), 'utf8')));
  return texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => lenient(document.toJS() as KubeObject)),
  );
}

export function createNamespace(client: KubeClient, name: string, labels: Record<string, string> = {}) {
  return client.create(resources.namespaces, { metadata: { name, labels } });
}

export function defaultProxy(name = 'squid', spec: EgressProxy['spec'] = {}): EgressProxy {
  return {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name, namespace: 'egress-proxy', annotations: { [annotation.defaultProxy]: 'true' } },
    spec,
  };
}

/** A pod that the kubelet would have started. */
export async function runPod(
  client: KubeClient,
  pod: { name: string; namespace: string; labels?: Record<string, string>; env?: string[]; podIP?: string },
): Promise<Pod> {
  const { name, namespace, labels = {}, env = [], podIP } = pod;
  const created = await client.create(resources.pods, {
    metadata: { name, namespace, labels },
    spec: {
      containers: [{ name: 'app', image: 'app', env: env.map((each) => ({ name: each, value: 'x' })) }],
    },
  });
  const status = {
    phase: 'Running',
    startTime: '2026-01-01T00:00:00Z',
    conditions: [{ type: 'Ready', status: 'True' }],
    ...(podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] }),
  };
  await client.patch(resources.pods, { namespace, name, subresource: 'status' }, { status });
  return created;
}

/** `<status> <reason>` of a condition. */
export function conditionOf(object: { status?: unknown } | undefined, type: string): string | undefined {
  const { conditions } = (object?.status ?? {}) as { conditions?: Condition[] };
  const found = conditions?.find((condition) => condition.type === type);
  return found && `${found.status} ${found.reason}`;
}

/** Asks until the answer suits; the last one is in the message when it never does. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  suits: (answer: T) => boolean = (answer) => answer !== undefined,
  limitMs = 50_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  let answer: T | undefined;
  while (Date.now() < end) {
    answer = await ask();
    if (suits(answer)) return answer;
    await pause(25);
  }
  throw new Error(`never so: ${what}; the last answer was ${JSON.stringify(answer)?.slice(0, 4_000)}`);
}

export function find<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  name: string,
  namespace?: string,
): () => Promise<T | undefined> {
  return () => client.find(resource, { namespace, name });
}
