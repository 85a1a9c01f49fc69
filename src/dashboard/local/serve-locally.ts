import { randomBytes } from 'node:crypto';
import { AgentConnections, agentHeaders } from '../../agent-client/index.ts';
import type { DashboardSettings } from '../../config/index.ts';
import { type Cluster, createKubeMetrics, KubeClient, loadPortForward } from '../../kube/index.ts';
import { agentPorts } from '../../proxy/index.ts';
import { createMetrics, type Log } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import { activityPermission, SecretAuthenticator, type Viewer } from '../access/index.ts';
import { agentBundleOf, type Reflectors } from '../reflectors.ts';
import { startDashboard } from '../start-dashboard.ts';
import { findSelf } from './self-access.ts';

export interface LocalServing {
  settings: DashboardSettings;
  cluster: Cluster;
  pageDir: string;
  log: Log;
  /** Called with the URL to open. */
  onListening: (url: string) => void;
  stopped: Promise<void>;
}

/**
 * `--local`: the same server for one viewer, with the permissions of the kubeconfig. It listens on loopback and answers
 * only under its own names. It accepts the secret after the `#` of the URL, a part that browsers never send.
 */
export async function serveLocally({ settings, cluster, pageDir, log, onListening, stopped }: LocalServing) {
  const client = new KubeClient(cluster);
  const viewer = await findSelf(client, systemClock);
  const forward = await loadPortForward(settings);
  const secret = randomBytes(32).toString('base64url');
  const connections: AgentConnections[] = [];
  const connectAgents = (followers: Reflectors) => {
    const agents = new AgentConnections({
      port: agentPorts.api,
      bundle: () => agentBundleOf(followers),
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
      connectAgents,
      authenticator: new SecretAuthenticator(secret, viewer),
      log,
      metrics: createKubeMetrics(createMetrics().registry).reflector,
    },
  );
  onListening(`http://127.0.0.1:${dashboard.port}/#key=${secret}`);
  await stopped;
  await dashboard.stop();
  await Promise.all([client.close(), ...connections.map((agents) => agents.close())]);
}

/** Without access to all namespaces, the dashboard shows the namespace of the kubeconfig's context. */
async function scopeOf(viewer: Viewer, contextNamespace: string | undefined): Promise<string | undefined> {
  const all = await viewer.may({ ...activityPermission(), verb: 'list' });
  return all ? undefined : (contextNamespace ?? 'default');
}
