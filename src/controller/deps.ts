import type { EventRecorder, KubeClient } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import type { ProxyNamespaces } from './cache/proxy-namespaces.ts';
import type { Reflectors } from './cache/reflectors.ts';
import type { ControllerMetrics } from './metrics.ts';
import type { ResolveName } from './names/resolve-name.ts';
import type { ClusterFacts } from './state/cluster-facts.ts';

/** What every controller works with. It lives as long as the process; state of a leadership is in `state/`. */
export interface Deps {
  settings: ReconcileSettings;
  client: KubeClient;
  /** The caches. */
  reflectors: Reflectors;
  /** The caches of the namespaces that have an EgressProxy. */
  proxyNamespaces: ProxyNamespaces;
  /** Facts that are derived from the caches. */
  facts: ClusterFacts;
  events: EventRecorder;
  metrics: ControllerMetrics;
  log: Log;
  clock: Clock;
  /** IP addresses of this pod. */
  ownAddresses: () => string[];
  resolveName: ResolveName;
}

export interface ReconcileSettings {
  productNamespace: string;
  /** Image of the proxies whose spec names none. */
  image: string;
  /** Port of the controller's health and metrics, which the proxies' pods must not be able to reach. */
  telemetryPort: number;
  /** Milliseconds between two writes of the counts of a namespace. */
  activityIntervalMs: number;
  /** Milliseconds without a use after which a rule set is reported as unused. */
  unusedAfterMs: number;
  /** Milliseconds after which an expired rule set or an old request is deleted; undefined: never. */
  removeExpiredAfterMs: number | undefined;
}
