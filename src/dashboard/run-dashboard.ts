import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AgentConnections } from '../agent-client/index.ts';
import { runComponent } from '../component/index.ts';
import { AccessReviewer, createKubeMetrics, KubeClient, loadCluster } from '../kube/index.ts';
import { agentPorts } from '../proxy/index.ts';
import { createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { TokenAuthenticator, withTokenOf } from './access/index.ts';
import { type LocalServing, serveLocally } from './local/index.ts';
import { agentBundleOf, type Reflectors } from './reflectors.ts';
import { startDashboard } from './start-dashboard.ts';

/** `kube-egress dashboard`: runs until SIGTERM or SIGINT and resolves with the exit code. */
export function runDashboard(argv: readonly string[]): Promise<number> {
  return runComponent(
    'dashboard',
    argv,
    async ({ settings, log, stopped }) => {
      const { kubeconfig, context } = settings;
      const cluster = await loadCluster({ kubeconfig, context });
      const pageDir = settings.pageDir ?? findPage();
      const serving = { settings, cluster, pageDir, log, stopped };
      if (settings.local) await serveLocally({ ...serving, onListening: printUrl });
      else await serveInCluster(serving);
    },
    { logLevel: ({ local, logLevel }) => (local ? 'warn' : logLevel) },
  );
}

type Serving = Omit<LocalServing, 'onListening'>;

function printUrl(url: string): void {
  process.stdout.write(
    `The dashboard runs until Ctrl-C. The URL contains a secret; do not share it:\n\n  ${url}\n\n`,
  );
}

async function serveInCluster({ settings, cluster, pageDir, log, stopped }: Serving): Promise<void> {
  const { registry } = createMetrics();
  const client = new KubeClient(cluster);
  const connections: AgentConnections[] = [];
  const connectAgents = (followers: Reflectors) => {
    const agents = new AgentConnections({
      port: agentPorts.api,
      bundle: () => agentBundleOf(followers),
      headers: async () => (await cluster.credentials()).headers,
    });
    connections.push(agents);
    return agents.get.bind(agents);
  };
  const dashboard = await startDashboard(
    {
      host: undefined,
      port: settings.port,
      productNamespace: settings.namespace,
      pageDir,
      session: { kind: 'cluster' },
    },
    {
      client,
      connectAgents,
      authenticator: new TokenAuthenticator(
        new AccessReviewer({ client, clock: systemClock }),
        withTokenOf(cluster),
      ),
      log,
      metrics: createKubeMetrics(registry).reflector,
    },
  );
  const telemetry = await startTelemetryServer({
    port: settings.telemetryPort,
    readiness: () => {
      const reasons = dashboard.notReadyReasons();
      return { ready: reasons.length === 0, reasons };
    },
    registry,
    log,
  });
  log.info({ port: dashboard.port }, 'dashboard listening');
  await stopped;
  await dashboard.stop();
  await Promise.all([telemetry.close(), client.close(), ...connections.map((agents) => agents.close())]);
}

/** Finds the built page: beside the bundle in the image, or where `npm run build` writes it. */
function findPage(): string {
  const { dirname } = import.meta;
  const places = ['../page', '../../dist/page'].map((place) => join(dirname, place));
  const found = places.find((place) => existsSync(join(place, 'index.html')));
  if (found === undefined)
    throw new Error(`the page was not found in ${places.join(', ')}: run npm run build, or set --page-dir`);
  return found;
}
