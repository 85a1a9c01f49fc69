import type { AddressInfo } from 'node:net';
import type { AgentPod } from '../agent-client/index.ts';
import type { KubeClient, KubeMetrics } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, sleep, systemClock } from '../time/index.ts';
import type { Authenticator } from './access/index.ts';
import { ClusterState } from './cluster-state.ts';
import { createReflectors, type Reflectors } from './reflectors.ts';
import { buildServer, createRoutes, createSimulate } from './server/index.ts';
import type { Session } from './wire.ts';

export interface DashboardOptions {
  /** Address to listen on; undefined: every address of the pod. */
  host: string | undefined;
  /** 0: any free port. */
  port: number;
  productNamespace: string;
  /** Folder of the built page. */
  pageDir: string;
  session: Omit<Session, 'viewer'>;
  isOwnHost?: (host: string, port: number) => boolean;
}

export interface DashboardDependencies {
  client: KubeClient;
  authenticator: Authenticator;
  /** Returns a function that requests a path of an agent's API over TLS. */
  connectAgents: (reflectors: Reflectors) => (pod: AgentPod, path: string) => Promise<unknown>;
  log: Log;
  metrics: KubeMetrics['reflector'];
  clock?: Clock;
}

export interface Dashboard {
  /** The port that it listens on. */
  port: number;
  /** One line per reason; empty if every reflector has synced. */
  notReadyReasons(): string[];
  /** Resolves after every reflector has synced. */
  synced: Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds between two polls of the agents without a viewer, so that short tunnels and refusals are not lost. */
const IDLE_POLL = 30_000;

/** Listens before its reflectors have synced; runs until it is stopped. */
export async function startDashboard(
  options: DashboardOptions,
  { client, authenticator, connectAgents, log, metrics, clock = systemClock }: DashboardDependencies,
): Promise<Dashboard> {
  const life = new AbortController();
  const { onlyNamespace } = options.session;
  const reflectors = createReflectors({ client, log, clock, metrics, onlyNamespace });
  const state = new ClusterState({ reflectors, clock, get: connectAgents(reflectors) });
  const { isOwnHost } = options;
  const listening = { port: options.port };
  const app = buildServer({
    authenticator,
    routes: createRoutes({
      state,
      client,
      productNamespace: options.productNamespace,
      session: options.session,
    }),
    simulate: createSimulate({ state, client }),
    pageDir: options.pageDir,
    ...(isOwnHost && { isOwnHost: (host: string) => isOwnHost(host, listening.port) }),
    log,
  });
  await app.listen({ host: options.host ?? '::', port: options.port });
  listening.port = (app.server.address() as AddressInfo).port;
  const all = Object.values(reflectors);
  const running = all.map((reflector) => reflector.run(life.signal));
  running.push(pollAgents(state, clock, life.signal));
  const synced = Promise.all(all.map((reflector) => reflector.synced(life.signal))).then(() => {});
  synced.catch(() => {});
  return {
    port: listening.port,
    synced,
    notReadyReasons: () =>
      all
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

async function pollAgents(state: ClusterState, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, IDLE_POLL, signal);
    if (!signal.aborted) await state.agents.refresh();
  }
}
