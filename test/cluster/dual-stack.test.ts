import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arrival, InternetLog } from './support/attacks/internet-log.ts';
import {
  apply,
  condition,
  echo,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  startPods,
} from './support/client-pods.ts';

const [NAMESPACE, WATCHED, BESIDE] = ['dual', 'dual-watched', 'dual-beside'];
const POD = `${NAMESPACE}/api`;
const [WORLD4, WORLD6, OTHER6] = ['203.0.113.10', '2001:db8::10', '2001:db8::66'];
const CEILING = { policy: 'Allow', cidrs: ['2001:db8::/32'], ports: [5432, 5353] };
const DROPPED = expect.stringMatching(/^(TimeoutError|timeout)$/);
const internet = new InternetLog();

const podRanges = await kubectl("get nodes -o jsonpath='{.items[*].spec.podCIDRs}'");
const dualStack = podRanges.includes(':');

interface Answer {
  status: string;
  decision: string;
}

/** Through the proxy of the pod's own variables, or of `proxy`. */
async function proxied(url: string, from = POD, proxy = '$HTTP_PROXY'): Promise<Answer> {
  const call = `curl -g -s -m 10 -o /dev/null -D - -x ${proxy} --noproxy "" '${url}' | tr -d '\\r'`;
  const { stdout } = await inPod(from, call);
  return {
    status: /^HTTP\/\S+ (\d+)/.exec(stdout)?.[1] ?? 'none',
    decision: /^x-egress-decision: (.*)$/im.exec(stdout)?.[1] ?? '',
  };
}

/** Past the proxy; 000 where no connection comes about. */
async function direct(pod: string, url: string): Promise<string> {
  const call = `curl -g --noproxy '*' -sk -o /dev/null -m 3 -w '%{http_code}' '${url}'`;
  return (await inPod(pod, call)).stdout;
}

const arrived = (part: string): Arrival[] => internet.since().filter(({ path }) => path.includes(part));
const patchCeiling = (directTargets: object | null) =>
  kubectl(
    `patch -n egress-proxy egressproxy/squid --type=merge -p '${JSON.stringify({ spec: { directTargets } })}'`,
  );

async function applySet(name: string, spec: object, waitFor: string): Promise<void> {
  const metadata = { name, namespace: NAMESPACE };
  await apply({ apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata, spec });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=${waitFor} egressruleset/${name} --timeout=30s`);
}

describe.skipIf(!dualStack)('both families', () => {
  beforeAll(async () => {
    await Promise.all([
      startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }] }),
      startPods({ namespace: WATCHED, mode: 'observe', pods: [{ name: 'api' }] }),
      startPods({ namespace: BESIDE, pods: [{ name: 'api' }] }),
    ]);
    const names = ['six', 'dual', 'halves', 'mixed6', 'private6', 'sixtofour', 'nat64', 'loopback6'];
    const targets = [...names.map((name) => `${name}.example.com:80`), `[${WORLD6}]:80`];
    await applySet('rules', { targets }, 'Programmed');
  });
  afterAll(async () => {
    await patchCeiling(null);
    await leaveNamespaces(NAMESPACE, WATCHED, BESIDE);
  });

  describe('through the proxy', () => {
    test.concurrent.each([
      ['an address', `[${WORLD6}]`, [`[${WORLD6}]:80`]],
      ['a name with IPv6 alone', 'six.example.com', [`[${WORLD6}]:80`]],
      ['a name with both', 'dual.example.com', [`[${WORLD6}]:80`, `${WORLD4}:80`]],
      ['a public IPv4 address and a private IPv6 one', 'halves.example.com', [`${WORLD4}:80`]],
      ['a public and a private IPv6 address', 'mixed6.example.com', [`[${WORLD6}]:80`]],
    ])('allowed: %s', async (_, host, servers) => {
      const path = `/dual-${host.replaceAll(/\W/g, '')}`;
      expect((await proxied(`http://${host}${path}`)).status).toBe('200');
      const [reached, ...more] = arrived(path).map(({ server }) => server);
      expect(servers).toContain(reached);
      expect(more).toEqual([]);
    });

    test.concurrent.each([
      ['an address without a rule', `[${OTHER6}]`, 'NoMatchingRule'],
      ['a Service by name', 'private6.example.com', 'PrivateDestination'],
      ['loopback by name', 'loopback6.example.com', 'PrivateDestination'],
      ['an embedded IPv4 address by name: NAT64', 'nat64.example.com', 'PrivateDestination'],
      ['an embedded IPv4 address by name: 6to4', 'sixtofour.example.com', 'PrivateDestination'],
    ])('refused: %s', async (_, host, reason) => {
      const { status, decision } = await proxied(`http://${host}/`);
      expect(status).toBe('403');
      expect(decision).toContain(reason);
    });

    test.concurrent.each([
      '[::1]',
      '[::]',
      '[::ffff:10.96.0.1]',
      '[::ffff:a60:1]',
      '[64:ff9b::a60:1]',
      '[64:ff9b::169.254.169.254]',
      '[2002:a60:1::1]',
      '[fd00:10:96::a]',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[fe80::1%25eth0]',
      '[ff02::1]',
    ])('observe mode lifts no guard: %s', async (host) => {
      expect((await proxied(`http://${host}:9153/`, `${WATCHED}/api`)).status).not.toBe('200');
      expect((await proxied(`http://${host}/`, `${WATCHED}/api`)).status).toMatch(/^40[03]$/);
    });

    test("a client is known by its pod's IPv6 address", async () => {
      const addresses = await kubectl(
        `get service squid -n egress-proxy -o jsonpath='{.spec.clusterIPs[*]}'`,
      );
      const service = addresses
        .trim()
        .split(' ')
        .find((address) => address.includes(':'));
      const proxy = `http://[${service}]:3128`;
      expect((await proxied('http://six.example.com/', POD, proxy)).status).toBe('200');
      const { status, decision } = await proxied('http://other.example.com/', POD, proxy);
      expect(status).toBe('403');
      expect(decision).toContain(`Pod ${POD} `);
      const podIPs = await kubectl(`get pod api -n ${NAMESPACE} -o jsonpath='{.status.podIPs[1].ip}'`);
      const audited = async () => {
        const lines = (await kubectl('logs -n egress-proxy -l app=squid --tail=1000')).split('\n');
        return lines.some(
          (line) => line.includes('"target":"other.example.com:80"') && line.includes(`"client":"${podIPs}"`),
        );
      };
      expect(await eventually(audited, true)).toBe(true);
    });

    test('NO_PROXY has the ranges of both', async () => {
      const { stdout } = await inPod(POD, 'echo "$NO_PROXY"');
      const entries = stdout.trim().split(',');
      expect(entries).toEqual(expect.arrayContaining(['10.96.0.0/16', 'fd00:10:96::/112', '::1']));
      expect(entries.filter((entry) => /^(10\.244|fd00:10:244:).*\/\d+$/.test(entry)).length).toBeGreaterThan(
        1,
      );
    });
  });

  describe('past the proxy', () => {
    test.concurrent('TCP', async () => {
      expect(await direct(`${BESIDE}/api`, `http://[${WORLD6}]/dual-beside`)).toBe('200');
      expect(await direct(POD, `http://[${WORLD6}]/dual-direct`)).toBe('000');
      expect(arrived('dual-direct')).toEqual([]);
    });

    test.concurrent('UDP', async () => {
      expect(await echo(`${BESIDE}/api`, 'UDP', WORLD6, 5353)).toBe('echo');
      expect(await echo(POD, 'UDP', WORLD6, 5353)).toEqual(DROPPED);
    });

    test.concurrent.each([
      ['the metadata address', 'http://[fd00:ec2::254]/'],
      ["the node's own address", 'https://[fd00:10:31::1]:10250/'],
    ])('%s', async (_, url) => {
      expect(await direct(POD, url)).toBe('000');
    });

    test('the cluster itself is open, as for IPv4', async () => {
      const dns = await kubectl(`get service kube-dns -n kube-system -o jsonpath='{.spec.clusterIPs[1]}'`);
      expect(await direct(POD, `http://[${dns}]:9153/metrics`)).toBe('200');
    });

    test('direct targets open an address and a name, on their port alone', async () => {
      await patchCeiling(CEILING);
      const directTargets = [
        { host: 'six.example.com', port: 5432 },
        { cidr: '2001:db8::20/128', port: 5353, protocol: 'UDP' },
      ];
      const spec = { targets: [], directTargets };
      const metadata = { name: 'direct', namespace: NAMESPACE };
      const set = { apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata, spec };
      // The webhook follows the EgressProxy within a moment.
      const applied = () =>
        apply(set).then(
          () => 'applied',
          () => 'refused',
        );
      expect(await eventually(applied, 'applied')).toBe('applied');
      const stands = () => condition(NAMESPACE, 'egressruleset/direct', 'DirectTargets');
      expect(await eventually(stands, 'True Programmed')).toBe('True Programmed');
      expect(await eventually(() => echo(POD, 'TCP', 'six.example.com', 5432), 'echo')).toBe('echo');
      expect(await eventually(() => echo(POD, 'UDP', '2001:db8::20', 5353), 'echo')).toBe('echo');
      const otherwise = [echo(POD, 'TCP', WORLD6, 80), echo(POD, 'TCP', '2001:db8::20', 5432)];
      expect(await Promise.all(otherwise)).toEqual([DROPPED, DROPPED]);
    });
  });
});
