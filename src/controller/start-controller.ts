import { networkInterfaces } from 'node:os';
import {
  type Cluster,
  createKubeMetrics,
  EventRecorder,
  type KubeClient,
  runWhenLeader,
} from '../kube/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { type Clock, sleep, systemClock } from '../time/index.ts';
import { nameResolver, type ResolveName } from './direct-targets/index.ts';
import { probeServiceRange, servesServiceCidrs } from './discovery/index.ts';
import { ClusterView, type Followers, followCluster } from './follow/index.ts';
import { type LeadOptions, lead } from './lead.ts';
import { createControllerMetrics } from './metrics.ts';
import { names } from './names.ts';
import { createQueues } from './queues.ts';
import { obstacles } from './report-blocked.ts';

export interface ControllerOptions {
  productNamespace: string;
  /** Unlike every other candidate's: the pod's name. */
  identity: string;
  /** Of proxies that name none. */
  image: string;
  dnsService: { namespace: string; name: string };
  /** What the operator says; undefined: as found. */
  clusterDomain: string | undefined;
  /** The text of this pod's resolv.conf says it. */
  foundDomain: string | undefined;
  agentPort?: number;
  /** Of this part; default 8080. */
  telemetryPort?: number;
  /** Milliseconds between two writes of a namespace's counts; default a minute. */
  activityIntervalMs?: number;
  /** After which a rule set that nobody used is said to be unused; default 30. */
  unusedDays?: number;
  /** Of the Lease, in milliseconds; tests shorten them. */
  lease?: { leaseDurationMs: number; renewDeadlineMs: number; retryPeriodMs: number };
}

export interface ControllerDependencies {
  client: KubeClient;
  /** Whose credentials agents are shown. */
  cluster: Pick<Cluster, 'credentials'>;
  log: Log;
  metrics: Metrics;
  clock?: Clock;
  resolveName?: ResolveName;
}

export interface Controller {
  /** One line a reason; empty when all caches are filled. A replica that does not lead is ready too. */
  notReady(): string[];
  readonly leading: boolean;
  /** Resolves when the signal was aborted and the Lease is released. */
  ended: Promise<void>;
}

/** Follows the cluster at once and reconciles while it leads. */
export function startController(
  options: ControllerOptions,
  deps: ControllerDependencies,
  signal: AbortSignal,
): Controller {
  const state: { followers: Followers | undefined; leading: boolean } = {
    followers: undefined,
    leading: false,
  };
  const ended = run(options, { clock: systemClock, ...deps }, state, signal);
  return {
    notReady: () => notReadyBecause(state.followers),
    get leading() {
      return state.leading;
    },
    ended,
  };
}

type Running = ControllerDependencies & { clock: Clock };

async function run(
  options: ControllerOptions,
  deps: Running,
  state: { followers: Followers | undefined; leading: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { client, log, clock, metrics } = deps;
  const { productNamespace, dnsService, identity } = options;
  const ranges = await gatherServiceRanges(options, deps, signal);
  if (ranges === undefined) return;
  const kubeMetrics = createKubeMetrics(metrics.registry);
  const followers = followCluster({
    client,
    log,
    metrics: kubeMetrics.reflector,
    dnsService,
    servesServiceCidrs: ranges.served,
  });
  state.followers = followers;
  const view = new ClusterView(followers, {
    productNamespace,
    dnsService,
    givenDomain: options.clusterDomain,
    foundDomain: options.foundDomain,
    probedServiceRanges: ranges.probed,
  });
  const standing = {
    settings: {
      productNamespace,
      dnsService,
      image: options.image,
      telemetryPort: options.telemetryPort ?? TELEMETRY_PORT,
      activityIntervalMs: options.activityIntervalMs ?? ACTIVITY_INTERVAL,
      unusedAfterMs: (options.unusedDays ?? UNUSED_DAYS) * DAY,
    },
    client,
    followers,
    view,
    queues: createQueues({ log, clock, metrics: kubeMetrics.queue }),
    events: new EventRecorder({ client, component: names.lease, instance: identity, log, clock }),
    metrics: createControllerMetrics(metrics),
    log,
    clock,
    ownAddresses,
    resolveName: deps.resolveName ?? nameResolver(),
  };
  const leading: LeadOptions = {
    agentPort: options.agentPort,
    agentHeaders: async () => (await deps.cluster.credentials()).headers,
  };
  const following = Object.values(followers).map((follower) => follower.run(signal));
  await runWhenLeader(
    {
      client,
      namespace: productNamespace,
      name: names.lease,
      identity,
      log,
      signal,
      ...options.lease,
      onChange: (now) => {
        state.leading = now;
        kubeMetrics.leader(now);
      },
    },
    (mine) => lead(standing, leading, mine),
  );
  await Promise.all(following);
}

/** Undefined when the signal was aborted first: without an API server there is nothing to do but to ask again. */
async function gatherServiceRanges(
  { productNamespace }: ControllerOptions,
  { client, log, clock }: Running,
  signal: AbortSignal,
): Promise<{ served: boolean; probed: string[] } | undefined> {
  while (!signal.aborted) {
    try {
      const served = await servesServiceCidrs(client, signal);
      const probed = served ? [] : await probeServiceRange(client, productNamespace, signal);
      return { served, probed };
    } catch (err) {
      if (signal.aborted) return undefined;
      log.warn({ err }, 'the Service ranges cannot be asked for yet');
      await sleep(clock, RETRY, signal);
    }
  }
  return undefined;
}

const TELEMETRY_PORT = 8080;
/** Milliseconds. */
const ACTIVITY_INTERVAL = 60_000;
const DAY = 24 * 60 * 60_000;
const UNUSED_DAYS = 30;

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

/** Milliseconds. */
const RETRY = 2_000;

function notReadyBecause(followers: Followers | undefined): string[] {
  if (followers === undefined) return ['the API server has not answered yet'];
  const missing = Object.values(followers).filter(({ hasSynced }) => !hasSynced);
  const known = obstacles(followers).map(({ message }) => message);
  return [...new Set([...known, ...missing.map(({ resource }) => `${resource.plural} are not listed yet`)])];
}
