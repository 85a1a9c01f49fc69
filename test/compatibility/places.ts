import {
  type ClientEnv,
  podsGetClientEnv,
  readClientEnv,
  setClientEnv,
} from '../cluster/support/client-env.ts';
import { apply, kubectl, makeNamespace, removeNamespaces } from '../cluster/support/client-pods.ts';
import type { MatrixPod, Places } from './columns.ts';

const NAMESPACE = 'compatibility';
const OTHER = 'compatibility-peers';
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
} satisfies Record<MatrixPod, ClientEnv>;

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
    spec: { targets: ['www.example.com:80', 'www.example.com:443', 'www.example.com:5432'] },
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
  const before = await readClientEnv();
  try {
    for (const [name, clientEnv] of Object.entries(clientEnvOf)) {
      await setClientEnv(clientEnv);
      await podsGetClientEnv(NAMESPACE, clientEnv);
      await apply(pod(NAMESPACE, name, image, ['sleep', 'infinity']));
    }
  } finally {
    await setClientEnv(before);
  }
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Ready pod --all --timeout=180s`, '', 190);
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
