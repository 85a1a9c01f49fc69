import type { EventRecorder, KubeClient } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import type { ReportBoard } from './activity/index.ts';
import type { KnownName, ResolveName } from './direct-targets/index.ts';
import type { ClusterView, Followers } from './follow/index.ts';
import type { AgentBoard, AgentClient } from './generations/index.ts';
import type { ControllerMetrics } from './metrics.ts';
import type { Reported } from './namespace/index.ts';
import type { Queues } from './queues.ts';
import type { TrustBundle } from './trust-bundle/index.ts';

export interface Settings {
  productNamespace: string;
  dnsService: { namespace: string; name: string };
  /** Of proxies that name none. */
  image: string;
  /** Where this part serves its health: what a proxy's pods must not be able to reach. */
  telemetryPort: number;
  /** Milliseconds between two writes of one namespace's counts. */
  activityIntervalMs: number;
  /** Milliseconds after which a rule set that nobody used is said to be unused. */
  unusedAfterMs: number;
}

/** What every reconciler works with, for as long as this replica leads. */
export interface Context {
  settings: Settings;
  client: KubeClient;
  followers: Followers;
  view: ClusterView;
  board: AgentBoard;
  agents: AgentClient;
  /** What the agents have counted. */
  reports: ReportBoard;
  /** When the targets of each rule set were last used, by its key and their index, as the agents say. */
  ruleUse: ReadonlyMap<string, ReadonlyMap<number, string>>;
  queues: Queues;
  events: EventRecorder;
  metrics: ControllerMetrics;
  log: Log;
  clock: Clock;
  /** By namespace, the proxies of which pods there are still clients although it moved: `<namespace>.<name>`. */
  formerProxies: Map<string, readonly string[]>;
  /** What Events have told of pods and policies. */
  reported: Reported;
  /** Of this pod. */
  ownAddresses: () => string[];
  /** The names that direct targets lead to, by the key of the rule set and the name. */
  directNames: Map<string, Map<string, KnownName>>;
  /** What the proxies' ConfigMaps said last, by the key of the proxy. */
  trustBundles: Map<string, TrustBundle>;
  /** The hosts of upstreams, by the key of the EgressProxy and the host. */
  upstreamNames: Map<string, Map<string, KnownName>>;
  /** Both families of a name, with the TTL. */
  resolveName: ResolveName;
}
