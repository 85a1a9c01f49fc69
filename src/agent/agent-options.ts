import type { AgentSettings } from '../config/index.ts';
import type { EventRecorder } from '../kube/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import type { ApiServerOptions } from './api/index.ts';
import type { Sources } from './state/index.ts';

/** What the agent is assembled from. */
export interface AgentOptions {
  settings: AgentSettings;
  /** `namespace/name` of settings.proxy, split. */
  proxy: { namespace: string; name: string };
  /** Mounted credentials of parents. */
  credentialsFolder: string;
  /** Mounted authorities of parents. */
  authoritiesFolder: string;
  sources: Sources;
  recorder: Pick<EventRecorder, 'record'>;
  access: ApiServerOptions['access'];
  metrics: Metrics;
  clock: Clock;
  log: Log;
  /** File descriptor of the audit log. */
  auditFd: number;
}
