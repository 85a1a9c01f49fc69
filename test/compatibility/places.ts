import {
  apply,
  eventually,
  kubectl,
  makeNamespace,
  removeNamespaces,
} from '../cluster/support/client-pods.ts';
import type { MatrixPod, Places } from './columns.ts';

const NAMESPACE = 'compatibility';
const OTHER = 'compatibility-peers';
const PROXY = 'egressproxy/squid -n egress-proxy';
const SERVER = `
import http.server, socket
class Answer(http.server.BaseHTTPRequestHandler):
  protocol_version = 'HTTP/1.1'
  def do_GET(self):
    body = b'{"method": "GET"}'
    self.send_response(200)
    self.send_header('Content-Type', 'application/json')
    self.send_header('Content-Length', str(len(body)))
    self.end_headers()
    self.wfile.write(body)
  do_POST = do_HEAD = do_GET
class Server(http.server.ThreadingHTTPServer):
  address_family = socket.AF_INET6
Server(('::', 8080), Answer).serve_forever()
`;

/** The image of the matrix has a server that speaks gRPC too; that of the cluster tests has only Python. */
const serveCommand =
  '[ ! -x /clients/bin/go-clients ] || exec /clients/bin/go-clients serve 8080; exec python3 -c "$0"';

/** `clientEnv` of the proxy while a pod of the matrix is created. */
const clientEnvOf = {
  variables: {},
  'client-env': { java: true, node: true },
  transparent: { java: true, node: true, transparent: true },
} satisfies Record<MatrixPod, object>;

/** The namespaces, Services and pods that the matrix asks for; what an earlier run left is replaced. */
export async function setPlaces(image: string): Promise<Places> {
  await removeNamespaces(NAMESPACE, OTHER);
  await makeNamespace({ namespace: OTHER });
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  for (const namespace of [NAMESPACE, OTHER]) await serve(namespace, image);
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'matrix', namespace: NAMESPACE },
    spec: { targets: ['www.example.com:80', 'www.example.com:443'] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/matrix --timeout=60s`);
  await startClients(image);
  const read = (path: string) => kubectl(`get -n ${NAMESPACE} ${path}`);
  const [podIP = '', podIPv6 = ''] = (await read("pod/peer-0 -o jsonpath='{.status.podIPs[*].ip}'")).split(
    ' ',
  );
  return {
    namespace: NAMESPACE,
    otherNamespace: OTHER,
    clusterIP: await read("service/web -o jsonpath='{.spec.clusterIP}'"),
    podIP,
    podIPv6,
  };
}

/** The pods of the matrix, each created while the proxy has its `clientEnv`; the proxy's own is put back. */
async function startClients(image: string): Promise<void> {
  const before = JSON.parse(await kubectl(`get ${PROXY} -o jsonpath='{.spec}'`)) as { clientEnv?: object };
  try {
    for (const [name, clientEnv] of Object.entries(clientEnvOf)) {
      await setClientEnv(clientEnv);
      const wanted = JSON.stringify(clientEnv);
      const injected = await eventually(injectedClientEnv, wanted, 60);
      if (injected !== wanted) throw new Error(`pods get ${injected} instead of clientEnv ${wanted}`);
      await apply(pod(NAMESPACE, name, image, ['sleep', 'infinity']));
    }
  } finally {
    await setClientEnv(before.clientEnv);
  }
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Ready pod --all --timeout=180s`, '', 190);
}

/** Replaces the field: a merge would keep what an earlier value set. */
async function setClientEnv(clientEnv: object | undefined): Promise<void> {
  const merge = (value: object | null) =>
    kubectl(`patch ${PROXY} --type=merge -p '${JSON.stringify({ spec: { clientEnv: value } })}'`);
  await merge(null);
  if (clientEnv !== undefined) await merge(clientEnv);
}

/** The `clientEnv` that a pod would get now, read from what is injected into it. */
async function injectedClientEnv(): Promise<string> {
  const text = await kubectl(`run seen -n ${NAMESPACE} --image=x --dry-run=server -o json`);
  const { spec } = JSON.parse(text) as {
    spec: { containers: { env?: { name: string }[] }[]; initContainers?: object[] };
  };
  const has = (name: string) => spec.containers[0]?.env?.some((entry) => entry.name === name) ?? false;
  return JSON.stringify({
    ...(has('JAVA_TOOL_OPTIONS') && { java: true }),
    ...(has('NODE_USE_ENV_PROXY') && { node: true }),
    ...(spec.initContainers !== undefined && { transparent: true }),
  });
}

/** A Service `web`, and a StatefulSet `peer` of one pod behind the headless Service `peers`. */
async function serve(namespace: string, image: string): Promise<void> {
  const selector = { app: 'peer' };
  const ports = [{ port: 8080 }];
  const policy = { ipFamilyPolicy: 'PreferDualStack' };
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector, ports, ...policy },
  });
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'peers', namespace },
    spec: { selector, ports, clusterIP: 'None', ...policy },
  });
  const { spec } = pod(namespace, 'peer', image, ['sh', '-c', serveCommand, SERVER]);
  await apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'peer', namespace },
    spec: {
      replicas: 1,
      serviceName: 'peers',
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector }, spec: { ...spec, restartPolicy: 'Always' } },
    },
  });
  await kubectl(`rollout status -n ${namespace} statefulset/peer --timeout=180s`, '', 190);
}

function pod(namespace: string, name: string, image: string, command: string[]) {
  const env = Object.entries({
    PATH: '/clients/node/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    PYTHONPATH: '/clients/python',
    SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
    REQUESTS_CA_BUNDLE: '/etc/ssl/certs/ca-certificates.crt',
    AWS_CA_BUNDLE: '/etc/ssl/certs/ca-certificates.crt',
    NODE_EXTRA_CA_CERTS: '/usr/local/share/ca-certificates/internet.crt',
    DENO_TLS_CA_STORE: 'system',
  }).map(([key, value]) => ({ name: key, value }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, command, env }],
    },
  };
}
