import type { Clock, EventRecorder, KubeClient } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { ClusterView, Followers } from './follow/index.ts';
import type { AgentBoard } from './generations/index.ts';
import type { ControllerMetrics } from './metrics.ts';
import type { Queues } from './queues.ts';

export interface Settings {
  productNamespace: string;
  dnsService: { namespace: string; name: string };
  /** Of proxies that name none. */
  image: string;
}

/** What every reconciler works with, for as long as this replica leads. */
export interface Context {
  settings: Settings;
  client: KubeClient;
  followers: Followers;
  view: ClusterView;
  board: AgentBoard;
  queues: Queues;
  events: EventRecorder;
  metrics: ControllerMetrics;
  log: Log;
  clock: Clock;
  /** The uids of the pods that an Event has told of. */
  reported: Set<string>;
  /** The addresses of a name; empty where it does not resolve. */
  resolve: (host: string) => Promise<string[]>;
}
