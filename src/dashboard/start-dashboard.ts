import type { AddressInfo } from 'node:net';
import type { KubeClient, KubeMetrics } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, sleep, systemClock } from '../time/index.ts';
import type { Gate } from './access/index.ts';
import type { AgentPod } from './agents/index.ts';
import { ClusterState } from './cluster-state.ts';
import { type Followers, followCluster } from './follow-cluster.ts';
import { buildServer, routes } from './server/index.ts';
import type { Session } from './wire.ts';

export interface DashboardOptions {
  /** Undefined: every address of the pod. */
  host: string | undefined;
  /** 0 takes any free one. */
  port: number;
  productNamespace: string;
  /** The folder of the built page. */
  pageDir: string;
  session: Omit<Session, 'viewer'>;
  isOwnHost?: (host: string, port: number) => boolean;
}

export interface DashboardDependencies {
  client: KubeClient;
  gate: Gate;
  /** The JSON of an agent's path, asked over TLS. */
  ask: (followers: Followers) => (pod: AgentPod, path: string) => Promise<unknown>;
  log: Log;
  metrics: KubeMetrics['reflector'];
  clock?: Clock;
}

export interface Dashboard {
  /** Where it listens. */
  port: number;
  /** One line a reason; empty when it knows the cluster. */
  notReady(): string[];
  /** Resolves when the cluster is known. */
  synced: Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds between two questions to agents when nobody looks, so that tunnels and refusals are not missed. */
const IDLE_REFRESH = 30_000;

/** Listens at once; follows the cluster until it is stopped. */
export async function startDashboard(
  options: DashboardOptions,
  { client, gate, ask, log, metrics, clock = systemClock }: DashboardDependencies,
): Promise<Dashboard> {
  const life = new AbortController();
  const { onlyNamespace } = options.session;
  const followers = followCluster({ client, log, clock, metrics, onlyNamespace });
  const state = new ClusterState({ followers, clock, ask: ask(followers) });
  const reflectors = Object.values(followers);
  const { isOwnHost } = options;
  const listening = { port: options.port };
  const app = buildServer({
    gate,
    routes: routes({ state, client, productNamespace: options.productNamespace, session: options.session }),
    pageDir: options.pageDir,
    ...(isOwnHost && { isOwnHost: (host: string) => isOwnHost(host, listening.port) }),
    log,
  });
  await app.listen({ host: options.host ?? '::', port: options.port });
  listening.port = (app.server.address() as AddressInfo).port;
  const running = reflectors.map((reflector) => reflector.run(life.signal));
  running.push(refreshNowAndThen(state, clock, life.signal));
  const synced = Promise.all(reflectors.map((reflector) => reflector.synced(life.signal))).then(() => {});
  synced.catch(() => {});
  return {
    port: listening.port,
    synced,
    notReady: () =>
      reflectors
        .filter(({ hasSynced }) => !hasSynced)
        .map(({ resource, health }) =>
          health.ok ? `${resource.plural} are not listed yet` : health.message,
        ),
    async stop() {
      life.abort(new Error('stopped'));
      await app.close();
      await Promise.all(running);
    },
  };
}

async function refreshNowAndThen(state: ClusterState, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, IDLE_REFRESH, signal);
    if (!signal.aborted) await state.board.refresh();
  }
}
