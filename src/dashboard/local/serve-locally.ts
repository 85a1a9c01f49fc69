import { randomBytes } from 'node:crypto';
import { AgentConnections } from '../../agent-client/index.ts';
import type { DashboardSettings } from '../../config/index.ts';
import { type Cluster, createKubeMetrics, KubeClient, loadPortForward } from '../../kube/index.ts';
import { agentPorts } from '../../proxy/index.ts';
import { createMetrics, type Log } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import { activityPermission, SecretGate, type Viewer } from '../access/index.ts';
import { bundleOf, type Followers } from '../follow-cluster.ts';
import { startDashboard } from '../start-dashboard.ts';
import { agentHeaders } from './agent-token.ts';
import { findSelf } from './self-access.ts';

export interface LocalServing {
  settings: DashboardSettings;
  cluster: Cluster;
  pageDir: string;
  log: Log;
  /** Told of the address to open. */
  announce: (url: string) => void;
  stopped: Promise<void>;
}

/**
 * `--local`: the same server for one viewer, with the rights of their kubeconfig. It listens on loopback, to its own
 * names, for whoever has the secret behind the `#` of the address, which no browser sends anywhere by itself.
 */
export async function serveLocally({ settings, cluster, pageDir, log, announce, stopped }: LocalServing) {
  const client = new KubeClient(cluster);
  const viewer = await findSelf(client, systemClock);
  const forward = await loadPortForward(settings);
  const secret = randomBytes(32).toString('base64url');
  const connections: AgentConnections[] = [];
  const ask = (followers: Followers) => {
    const agents = new AgentConnections({
      port: agentPorts.api,
      bundle: () => bundleOf(followers),
      headers: agentHeaders({ cluster, client, clock: systemClock, productNamespace: settings.namespace }),
      dial: ({ name }) => {
        const [namespace = '', pod = ''] = name.split('/');
        return forward({ namespace, pod, port: agentPorts.api });
      },
    });
    connections.push(agents);
    return agents.get.bind(agents);
  };
  const onlyNamespace = await scopeOf(viewer, client.namespace);
  const dashboard = await startDashboard(
    {
      host: '127.0.0.1',
      port: settings.port,
      productNamespace: settings.namespace,
      pageDir,
      session: { kind: 'local', ...(onlyNamespace !== undefined && { onlyNamespace }) },
      isOwnHost: (host, port) => host === `127.0.0.1:${port}` || host === `localhost:${port}`,
    },
    {
      client,
      ask,
      gate: new SecretGate(secret, viewer),
      log,
      metrics: createKubeMetrics(createMetrics().registry).reflector,
    },
  );
  announce(`http://127.0.0.1:${dashboard.port}/#key=${secret}`);
  await stopped;
  await dashboard.stop();
  await Promise.all([client.close(), ...connections.map((agents) => agents.close())]);
}

/** Who may not look at all namespaces looks at the one of the kubeconfig's context. */
async function scopeOf(viewer: Viewer, contextNamespace: string | undefined): Promise<string | undefined> {
  const all = await viewer.may({ ...activityPermission(), verb: 'list' });
  return all ? undefined : (contextNamespace ?? 'default');
}
