import { once } from 'node:events';
import { label, PRODUCT_NAMESPACE } from '../../api/index.ts';
import { isNotFound, type KubeClient, pathOf, resources } from '../../kube/index.ts';
import { type Connection, withCluster } from '../cluster/index.ts';
import { type Command, exit, type Invocation, UsageError } from '../command-line/index.ts';
import { explainError } from '../explain-error.ts';
import { listenLocally, openBrowser } from '../local-page/index.ts';

const ACCOUNT = 'egress-viewer';
/** Seconds. */
const LIFETIME = 3_600;
/** The port of the dashboard's container. */
const PAGE_PORT = 8090;

export const dashboard: Command = {
  name: 'dashboard',
  summary: 'Open the dashboard of the cluster in the browser',
  description: `Opens a port-forward to the dashboard, creates a token for a ServiceAccount of the namespace, which is valid for an
    hour, and opens the page with it. The page shows what that ServiceAccount may see: the role "view" in the namespace is what a
    team needs, and with a ClusterRoleBinding it shows all namespaces. It ends with Ctrl-C.

    It needs the rights to create serviceaccounts/token in the namespace, and in kube-egress-system to list pods and to create
    pods/portforward.`,
  examples: [
    [
      'Once: who the page is opened as',
      'kubectl create serviceaccount egress-viewer -n my-app && kubectl create rolebinding egress-viewer -n my-app --clusterrole=view --serviceaccount=my-app:egress-viewer',
    ],
    ['The page of a namespace', 'kubectl egress dashboard -n my-app'],
    ['Print the address', 'kubectl egress dashboard -n my-app --no-browser'],
  ],
  flags: [
    { name: 'service-account', value: 'NAME', about: `Whose token the page gets. Default: ${ACCOUNT}.` },
    { name: 'port', value: 'PORT', about: 'The port on 127.0.0.1. Default: any free one.' },
    { name: 'no-browser', about: 'Prints the address, which has the token, and opens no browser.' },
  ],
  online: true,
  run: (invocation) => {
    const port = readPort(invocation.text('port'));
    return withCluster(invocation, (connection) => run(invocation, connection, port));
  },
};

async function run(invocation: Invocation, connection: Connection, port: number): Promise<number> {
  const { io, text } = invocation;
  const { client, namespace } = connection;
  const stopped = io.interrupted();
  const token = await createToken(client, namespace, text('service-account') ?? ACCOUNT);
  const forward = await connection.loadPortForward();
  await findPage(client);
  const local = await listenLocally(
    port,
    async () => forward({ namespace: PRODUCT_NAMESPACE, pod: await findPage(client), port: PAGE_PORT }),
    (error) => io.note(`note: no connection to the dashboard: ${explainError(error)}\n`),
  );
  const cleanUp = await present(invocation, `http://127.0.0.1:${local.port}/`, token);
  if (!stopped.aborted) await once(stopped, 'abort');
  await Promise.all([local.close(), cleanUp()]);
  return exit.ok;
}

/** Shows the page, or its address. Returns what removes what it leaves. */
async function present({ io, has }: Invocation, url: string, token: string): Promise<() => Promise<void>> {
  const secret = `${url}#key=${token}`;
  const show = () =>
    io.print(`The dashboard until Ctrl-C; the address has a secret, do not share it:\n\n  ${secret}\n\n`);
  if (!has('no-browser')) {
    try {
      const remove = await openBrowser(secret);
      io.print(`The dashboard until Ctrl-C: ${url}\n`);
      return remove;
    } catch (error) {
      io.note(`note: no browser could be opened: ${explainError(error)}\n`);
    }
  }
  show();
  return async () => {};
}

async function createToken(client: KubeClient, namespace: string, name: string): Promise<string> {
  const path = pathOf(resources.serviceAccounts, { namespace, name, subresource: 'token' });
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: LIFETIME },
  };
  try {
    const { status } = await client.raw<{ status: { token: string } }>(path, { method: 'POST', body });
    return status.token;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new UsageError(
      `there is no ServiceAccount ${name} in namespace ${namespace}; to make it: kubectl create serviceaccount ${name} -n ${namespace} && kubectl create rolebinding ${name} -n ${namespace} --clusterrole=view --serviceaccount=${namespace}:${name}`,
    );
  }
}

/** The name of a ready pod of the dashboard. */
async function findPage(client: KubeClient): Promise<string> {
  const { items } = await client.list(resources.pods, {
    namespace: PRODUCT_NAMESPACE,
    labelSelector: `${label.component}=dashboard`,
  });
  const ready = items.find(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  if (ready === undefined)
    throw new Error(
      `no pod of the dashboard is ready: kubectl get deployment kube-egress-dashboard -n ${PRODUCT_NAMESPACE}`,
    );
  return ready.metadata.name;
}

function readPort(text: string = '0'): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port: "${text}" is no port: write a number from 1 to 65535`);
  return port;
}
