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
import { ProxyNamespaces } from './cache/proxy-namespaces.ts';
import { createReflectors, type Reflectors } from './cache/reflectors.ts';
import { controllers } from './controllers.ts';
import type { Deps, ReconcileSettings } from './deps.ts';
import { probeServiceRange, servesServiceCidrs } from './discovery/index.ts';
import { createControllerMetrics } from './metrics.ts';
import { nameResolver, type ResolveName } from './names/resolve-name.ts';
import { names } from './object-names.ts';
import { ReconcileLoops } from './reconcile-loops.ts';
import { runAsLeader } from './run-as-leader.ts';
import { ClusterFacts } from './state/cluster-facts.ts';
import { obstacles } from './wait-for-caches.ts';

export interface ControllerOptions {
  productNamespace: string;
  /** Name of the pod, which identifies this candidate of the leader election. */
  identity: string;
  /** Image of the proxies whose spec names none. */
  image: string;
  /** The cluster domain of this pod's resolv.conf. */
  foundDomain: string | undefined;
  /** The nameservers of this pod's resolv.conf. */
  nameservers: readonly string[];
  agentPort?: number;
  /** Port of the controller's health and metrics; default 8080. */
  telemetryPort?: number;
  /** Milliseconds between two writes of the counts of a namespace; default a minute. */
  activityIntervalMs?: number;
  /** Days without a use after which a rule set is reported as unused; default 30. */
  unusedDays?: number;
  /** Days after which an expired rule set is deleted; default never. */
  removeExpiredDays?: number | undefined;
  /** Times of the Lease in milliseconds, which tests shorten. */
  lease?: { leaseDurationMs: number; renewDeadlineMs: number; retryPeriodMs: number };
}

export interface ControllerDependencies {
  client: KubeClient;
  /** The credentials that authenticate the controller to agents. */
  cluster: Pick<Cluster, 'credentials'>;
  log: Log;
  metrics: Metrics;
  clock?: Clock;
  resolveName?: ResolveName;
}

export interface StartedController {
  /** One line a reason; empty when all caches are filled. A replica that does not lead is ready too. */
  notReady(): string[];
  readonly leading: boolean;
  /** Resolves when the signal was aborted and the Lease is released. */
  ended: Promise<void>;
}

/** Fills the caches immediately and reconciles while this replica leads. */
export function startController(
  options: ControllerOptions,
  deps: ControllerDependencies,
  signal: AbortSignal,
): StartedController {
  const status: Status = { reflectors: undefined, leading: false };
  const ended = run(options, { clock: systemClock, ...deps }, status, signal);
  return {
    notReady: () => notReadyBecause(status.reflectors),
    get leading() {
      return status.leading;
    },
    ended,
  };
}

interface Status {
  reflectors: Reflectors | undefined;
  leading: boolean;
}

type Dependencies = ControllerDependencies & { clock: Clock };

async function run(
  options: ControllerOptions,
  dependencies: Dependencies,
  status: Status,
  signal: AbortSignal,
): Promise<void> {
  const { client, cluster, log, clock, metrics: registered } = dependencies;
  const { productNamespace, identity, agentPort } = options;
  const ranges = await gatherServiceRanges(options, dependencies, signal);
  if (ranges === undefined) return;
  const kubeMetrics = createKubeMetrics(registered.registry);
  const caching = { client, log, metrics: kubeMetrics.reflector };
  const proxyNamespaces = new ProxyNamespaces(caching);
  const reflectors = createReflectors({
    ...caching,
    productNamespace,
    servesServiceCidrs: ranges.served,
  });
  status.reflectors = reflectors;
  const metrics = createControllerMetrics(registered);
  const loops = new ReconcileLoops(controllers, { log, clock, queueMetrics: kubeMetrics.queue, metrics });
  const deps: Deps = {
    settings: settingsOf(options),
    client,
    reflectors,
    proxyNamespaces,
    facts: new ClusterFacts(reflectors, {
      productNamespace,
      foundDomain: options.foundDomain,
      nameservers: options.nameservers,
      probedServiceRanges: ranges.probed,
    }),
    events: new EventRecorder({
      client,
      component: names.lease,
      instance: identity,
      namespace: productNamespace,
      log,
      clock,
      after: loops.aheadOfEvents,
    }),
    metrics,
    log,
    clock,
    ownAddresses,
    resolveName: dependencies.resolveName ?? nameResolver(),
  };
  const agentHeaders = async () => (await cluster.credentials()).headers;
  proxyNamespaces.follow(reflectors, signal);
  const reflecting = Object.values(reflectors).map((reflector) => reflector.run(signal));
  await runWhenLeader(
    {
      client,
      namespace: productNamespace,
      name: names.lease,
      identity,
      log,
      signal,
      ...options.lease,
      onChange: (leading) => {
        status.leading = leading;
        kubeMetrics.leader(leading);
      },
    },
    (leadership) => runAsLeader(loops, deps, { agentHeaders, agentPort }, leadership),
  );
  await Promise.all(reflecting);
}

const TELEMETRY_PORT = 8080;
/** Milliseconds. */
const ACTIVITY_INTERVAL = 60_000;
const DAY = 24 * 60 * 60_000;
const UNUSED_DAYS = 30;

function settingsOf(options: ControllerOptions): ReconcileSettings {
  const { productNamespace, image } = options;
  return {
    productNamespace,
    image,
    telemetryPort: options.telemetryPort ?? TELEMETRY_PORT,
    activityIntervalMs: options.activityIntervalMs ?? ACTIVITY_INTERVAL,
    unusedAfterMs: (options.unusedDays ?? UNUSED_DAYS) * DAY,
    removeExpiredAfterMs:
      options.removeExpiredDays === undefined ? undefined : options.removeExpiredDays * DAY,
  };
}

/** Milliseconds. */
const RETRY = 2_000;

/** Retries until the API server answers; undefined if the signal is aborted first. */
async function gatherServiceRanges(
  { productNamespace }: ControllerOptions,
  { client, log, clock }: Dependencies,
  signal: AbortSignal,
): Promise<{ served: boolean; probed: string[] } | undefined> {
  while (!signal.aborted) {
    try {
      const served = await servesServiceCidrs(client, signal);
      const probed = served ? [] : await probeServiceRange(client, productNamespace, signal);
      return { served, probed };
    } catch (err) {
      if (signal.aborted) return undefined;
      log.warn({ err }, 'the Service ranges cannot be read from the API server; trying again in 2 s');
      await sleep(clock, RETRY, signal);
    }
  }
  return undefined;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

function notReadyBecause(reflectors: Reflectors | undefined): string[] {
  if (reflectors === undefined) return ['the API server has not answered yet'];
  const missing = Object.values(reflectors).filter(({ hasSynced }) => !hasSynced);
  const known = obstacles(reflectors).map(({ message }) => message);
  return [...new Set([...known, ...missing.map(({ resource }) => `${resource.plural} are not listed yet`)])];
}
