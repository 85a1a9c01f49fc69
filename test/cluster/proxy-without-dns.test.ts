import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientImage } from '../../scripts/scenario/stage.ts';
import {
  apply,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
} from './support/client-pods.ts';

/** A pod reaches the proxy by its hostAliases, whatever its DNS is. */
const [NAMESPACE, PLAIN] = ['without-dns', 'without-dns-plain'];
const PROXY = 'squid.egress-proxy.svc.cluster.local';
const STRANGER = '203.0.113.66';
const DEAD = '192.0.2.53';

/** A nameserver that answers every name with the stranger, as a search domain with a wildcard does, and logs it. */
const wildcard = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
while True:
  query, client = s.recvfrom(4096)
  end = query.index(0, 12)
  name, at = [], 12
  while at < end:
    name.append(query[at + 1:at + 1 + query[at]].decode()); at += query[at] + 1
  print(".".join(name), flush=True)
  question = query[12:end + 5]
  isA = query[end + 1:end + 3] == b"\\0\\1"
  head = query[:2] + b"\\x81\\x80\\0\\1" + (b"\\0\\1" if isA else b"\\0\\0") + bytes(4)
  s.sendto(head + question + (b"\\xc0\\x0c\\0\\1\\0\\1" + bytes(4) + b"\\0\\4" + socket.inet_aton("${STRANGER}") if isA else b""), client)
`;

function pod(namespace: string, name: string, nameserver: string): object {
  const container = { image: clientImage };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      dnsPolicy: 'None',
      dnsConfig: {
        nameservers: [nameserver],
        searches: ['wildcard.example.com'],
        options: [{ name: 'ndots', value: '5' }],
      },
      containers: [
        { ...container, name: 'main', command: ['sleep', 'infinity'] },
        { ...container, name: 'dns', command: ['python3', '-c', wildcard] },
      ],
    },
  };
}

/** Names that the pod asked its DNS for. */
const asked = async (namespace: string) =>
  (await kubectl(`logs -n ${namespace} wildcard -c dns`)).split('\n').filter((name) => name !== '');

const clients = {
  curl: `curl -s -o /dev/null -w '%{http_code}' -m 4 http://www.example.com/`,
  Python: `timeout 4 python3 -c 'import urllib.request as u; print(u.urlopen("http://www.example.com/").status, end="")'`,
};

beforeAll(async () => {
  await removeNamespaces(NAMESPACE, PLAIN);
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  await makeNamespace({ namespace: PLAIN });
  const metadata = { name: 'rules', namespace: NAMESPACE };
  const spec = { targets: ['www.example.com:80'] };
  await apply({ apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata, spec });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await apply(pod(NAMESPACE, 'wildcard', '127.0.0.1'));
  await apply(pod(NAMESPACE, 'dead', DEAD));
  await apply(pod(PLAIN, 'wildcard', '127.0.0.1'));
  for (const namespace of [NAMESPACE, PLAIN])
    await kubectl(`wait -n ${namespace} --for=condition=Ready pod --all --timeout=60s`);
});
afterAll(() => leaveNamespaces(NAMESPACE, PLAIN));

describe('a pod whose search domain has a wildcard', () => {
  test('would find a stranger under the name of the proxy', async () => {
    const { stdout } = await inPod(`${PLAIN}/wildcard`, `getent ahostsv4 ${PROXY}`);
    expect(stdout).toMatch(new RegExp(`^${STRANGER.replaceAll('.', '\\.')} `));
    expect(await asked(PLAIN)).toContain(`${PROXY}.wildcard.example.com`);
  });

  test.each(Object.entries(clients))('reaches an allowed name through the proxy: %s', async (_, call) => {
    expect((await inPod(`${NAMESPACE}/wildcard`, call)).stdout).toBe('200');
  });

  test('asked its DNS for nothing', async () => {
    expect(await asked(NAMESPACE)).toEqual([]);
  });
});

describe('a pod whose nameserver is dead', () => {
  test.each(Object.entries(clients))('reaches an allowed name through the proxy: %s', async (_, call) => {
    expect((await inPod(`${NAMESPACE}/dead`, call)).stdout).toBe('200');
  });
});
