import {
  type ControllerDependencies,
  type ControllerOptions,
  type StartedController,
  startController,
} from '../../../src/controller/index.ts';
import { ApiError, type KubeClient, type KubeObject, type Resource } from '../../../src/kube/index.ts';
import { createMetrics, type Log, silentLog } from '../../../src/telemetry/index.ts';
import { systemClock } from '../../../src/time/index.ts';
import type { ControlPlane } from './control-plane.ts';

export const PRODUCT = 'kube-egress-system';
const controllerUser = `system:serviceaccount:${PRODUCT}:kube-egress-controller`;

export interface RunningController {
  readonly controller: StartedController;
  /** Every warning and error that it has logged. */
  readonly complaints: string[];
  /** `kind namespace/name` of every object that it has applied, in order. */
  readonly applied: string[];
  /** `kind namespace/name` of every object that it has applied, `status of` one, or `Event on` one, in order. */
  readonly writes: string[];
  /** Number of apply calls that are not answered yet. */
  readonly underWay: number;
  stop(): Promise<void>;
}

export type RunOptions = Partial<ControllerOptions> &
  Pick<ControllerDependencies, 'clock' | 'resolveName'> & {
    /** `Kind namespace/name` of an object whose write never completes: the controller is stopped before. */
    endsBefore?: string;
    /** Stands between the controller and each of its writes, but for those of its Lease and its Events. */
    aroundWrite?: AroundWrite;
    /** Name of a Lease of its own: then it leads, although another one does. */
    leaseName?: string;
  };

/** Gives the answer of a write, which `send` makes. `signal` is aborted when the controller ends. */
export type AroundWrite = (
  send: () => Promise<string>,
  write: { what: string; signal: AbortSignal | undefined },
) => Promise<string>;

/** Starts a controller in this process, with the rights of its ServiceAccount and no others. */
export function runController(
  plane: ControlPlane,
  identity: string,
  { clock = systemClock, resolveName, endsBefore, aroundWrite, leaseName, ...options }: RunOptions,
): RunningController {
  const stopping = new AbortController();
  const complaints: string[] = [];
  const applied: string[] = [];
  const writes: string[] = [];
  const client =
    leaseName === undefined ? asController(plane) : withOwnLease(plane.as('two', ADMINS), leaseName);
  if (aroundWrite !== undefined) interceptWrites(client, aroundWrite);
  const underWay = recordApplied(client, applied, endsBefore);
  recordWrites(client, writes);
  const controller = startController(
    {
      productNamespace: PRODUCT,
      identity,
      image: 'kube-egress:test',
      foundDomain: 'cluster.local',
      nameservers: [],
      // Long enough that a busy machine renews it in time; released at the end, so that the next one need not wait.
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
  return {
    controller,
    complaints,
    applied,
    writes,
    get underWay() {
      return underWay.size;
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      await controller.ended;
    },
  };
}

/** A client with the rights of the controller's ServiceAccount. */
export function asController(plane: ControlPlane): KubeClient {
  return plane.as(controllerUser, ['system:serviceaccounts', 'system:authenticated']);
}

/** Whether the controller's ServiceAccount may list the resource now. */
export function mayList(plane: ControlPlane, resource: Resource, namespace?: string): Promise<boolean> {
  return isAllowed(asController(plane).list(resource, { namespace }));
}

/** False where the API server answers 403. */
export async function isAllowed(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}

/** The controller's ServiceAccount has the right on one Lease only. */
const ADMINS = ['system:masters'];

function withOwnLease(client: KubeClient, name: string): KubeClient {
  const send = client.rawText.bind(client);
  client.rawText = (path, options) => {
    const { body, ...rest } = options ?? {};
    const renamed = JSON.parse(JSON.stringify(body ?? null).replaceAll(`"${LEASE}"`, `"${name}"`));
    return send(
      path.replace(`/leases/${LEASE}`, `/leases/${name}`),
      body === undefined ? rest : { ...rest, body: renamed },
    );
  };
  return client;
}

const LEASE = 'kube-egress-controller';

function interceptWrites(client: KubeClient, around: AroundWrite): void {
  const send = client.rawText.bind(client);
  client.rawText = (path, options = {}) => {
    const { method = 'GET', signal } = options;
    if (method === 'GET' || /\/(leases|events|\w+reviews)(\/|$)/.test(path)) return send(path, options);
    return around(() => send(path, options), { what: `${method} ${path}`, signal });
  };
}

/** Returns the objects whose apply call is not answered yet. */
function recordApplied(client: KubeClient, applied: string[], endsBefore?: string): ReadonlySet<unknown> {
  const apply = client.apply.bind(client);
  const underWay = new Set<object>();
  client.apply = async (object, options) => {
    const id = idOf(object);
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

/** Records each write when it begins. */
function recordWrites(client: KubeClient, writes: string[]): void {
  const apply = client.apply.bind(client);
  const applyStatus = client.applyStatus.bind(client);
  const create = client.create.bind(client);
  client.apply = (object, options) => {
    writes.push(idOf(object));
    return apply(object, options);
  };
  client.applyStatus = (object, options) => {
    writes.push(`status of ${idOf(object)}`);
    return applyStatus(object, options);
  };
  client.create = (resource, object, options) => {
    const { involvedObject: { kind = '', namespace = '', name = '' } = {} } = object as KubeEvent;
    if (resource.kind === 'Event') writes.push(`Event on ${kind} ${namespace}/${name}`);
    return create(resource, object, options);
  };
}

type KubeEvent = { involvedObject?: { kind?: string; namespace?: string; name?: string } };

const idOf = ({ kind, metadata: { namespace = '', name } }: KubeObject) => `${kind} ${namespace}/${name}`;

/** Rejects when the signal is aborted. */
export function untilStopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}

function complaining(complaints: string[]): Log {
  const complain = (fields: object, message: string) => {
    const { err } = fields as { err?: Error };
    complaints.push(`${message}${err ? `: ${err.message}` : ''} ${JSON.stringify(fields)}`);
  };
  return { ...silentLog, warn: complain, error: complain };
}
