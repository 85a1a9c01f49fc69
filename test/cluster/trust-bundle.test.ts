import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientImage, namespaceManifest } from '../../scripts/scenario/stage.ts';
import { createAuthority, issueServingCertificate, type KeyPair } from '../../src/tls/index.ts';
import {
  apply,
  condition,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  removeNamespaces,
  startPods,
} from './support/client-pods.ts';

const NAMESPACE = 'trusting';
const SERVER = 'trust-server';
const FRESH = 'trusting-at-once';
const HOST = `tls.${SERVER}.svc.cluster.local`;
const PROXY = 'egressproxy/squid -n egress-proxy';

let authority: KeyPair;
let productImage: string;

/** A TLS server whose certificate only the new authority has signed. */
async function startServer(): Promise<void> {
  const { cert, key } = await issueServingCertificate({ names: [HOST], authority, now: Date.now() });
  await startPods({ namespace: SERVER, pods: [] });
  const data = { 'tls.crt': cert, 'tls.key': key };
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tls', namespace: SERVER }, data });
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'tls', namespace: SERVER, labels: { app: 'tls' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: clientImage,
          command: ['openssl', 's_server', '-accept', '8443', '-www'],
          args: ['-cert', '/tls/tls.crt', '-key', '/tls/tls.key'],
          readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
          volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
        },
      ],
      volumes: [{ name: 'tls', configMap: { name: 'tls' } }],
    },
  });
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'tls', namespace: SERVER },
    spec: { selector: { app: 'tls' }, ports: [{ port: 443, targetPort: 8443 }] },
  });
  await kubectl(`wait -n ${SERVER} --for=condition=Ready pod/tls --timeout=60s`);
}

/** A pod with curl and one with Node for each set of variables, all idle. */
async function startClients(namespace: string, variables: Record<string, object[]>): Promise<void> {
  const images = { curl: clientImage, node: productImage };
  const items = Object.entries(variables).flatMap(([suffix, env]) =>
    Object.entries(images).map(([kind, image]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${kind}-${suffix}`, namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, command: ['sleep', 'infinity'], env }],
      },
    })),
  );
  // Right after a namespace is created Kubernetes may refuse pods for a moment: their ServiceAccount does not exist yet.
  const made = () => apply({ apiVersion: 'v1', kind: 'List', items }).then(() => '', String);
  expect(await eventually(made, '')).toBe('');
  const names = items.map(({ metadata }) => `pod/${metadata.name}`);
  await kubectl(`wait -n ${namespace} --for=condition=Ready ${names.join(' ')} --timeout=60s`);
}

/** How TLS with the server ends: `trusted`, or what the client says. */
async function curl(suffix: string, namespace = NAMESPACE): Promise<string> {
  const { code } = await inPod(`${namespace}/curl-${suffix}`, `curl -s -m 10 -o /dev/null https://${HOST}/`);
  return code === 0 ? 'trusted' : `curl: ${code}`;
}

async function node(suffix: string): Promise<string> {
  const script = `fetch("https://${HOST}/").then(() => console.log("trusted"), (e) => console.log(e.cause.code))`;
  const { stdout, stderr } = await inPod(`${NAMESPACE}/node-${suffix}`, `node -e '${script}'`);
  return stdout.trim() || stderr;
}

beforeAll(async () => {
  authority = await createAuthority({ now: Date.now() });
  const image = `jsonpath={.spec.template.spec.containers[0].image}`;
  productImage = await kubectl(`get deployment kube-egress-controller -n kube-egress-system -o ${image}`);
  await Promise.all([
    startServer(),
    startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [] }).then(() =>
      startClients(NAMESPACE, { before: [] }),
    ),
    removeNamespaces(FRESH),
  ]);
});
afterAll(async () => {
  await kubectl(`patch ${PROXY} --type=merge -p '{"spec":{"trustBundle":null}}'`);
  await kubectl('delete configmap -n egress-proxy test-parent-ca --ignore-not-found');
  await leaveNamespaces(NAMESPACE, FRESH, SERVER);
});

describe('trustBundle', () => {
  test('a pod of before trusts only the public authorities', async () => {
    expect(await curl('before')).toBe('curl: 60');
    expect(await node('before')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('curl and Node of a new pod trust the operator’s authority, and the public ones still', async () => {
    const metadata = { name: 'test-parent-ca', namespace: 'egress-proxy' };
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': authority.cert } });
    const spec = { trustBundle: { configMapRef: { name: metadata.name } } };
    await kubectl(`patch ${PROXY} --type=merge -p '${JSON.stringify({ spec })}'`);
    await kubectl(`wait ${PROXY} --for=condition=TrustBundle --timeout=30s`);
    // The webhook reads the status from its own watch.
    const mounted = async () => {
      const dry = await kubectl(
        `run seen -n ${NAMESPACE} --image=x --dry-run=server -o jsonpath={.spec.volumes[*].name}`,
      );
      return dry.includes('kube-egress-trust-bundle');
    };
    expect(await eventually(mounted, true)).toBe(true);
    const own = [
      { name: 'SSL_CERT_FILE', value: '/etc/ssl/certs/ca-certificates.crt' },
      { name: 'NODE_EXTRA_CA_CERTS', value: '/dev/null' },
    ];
    await startClients(NAMESPACE, { after: [], own });
    expect(await curl('after')).toBe('trusted');
    expect(await node('after')).toBe('trusted');
    const { stdout } = await inPod(`${NAMESPACE}/curl-after`, 'grep -c BEGIN $SSL_CERT_FILE');
    expect(Number(stdout)).toBeGreaterThan(100);
    const stands = () => condition(NAMESPACE, 'egressactivity/observed', 'TrustBundle');
    expect(await eventually(stands, 'True Programmed')).toBe('True Programmed');
  });

  test('what the user set stays his', async () => {
    expect(await curl('own')).toBe('curl: 60');
    expect(await node('own')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('a pod that is created together with its namespace starts, and trusts it', async () => {
    const made = namespaceManifest({ namespace: FRESH, mode: 'enforce' });
    await kubectl('apply -f -', made);
    await startClients(FRESH, { first: [] });
    expect(await curl('first', FRESH)).toBe('trusted');
  });
});
