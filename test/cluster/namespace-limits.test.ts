import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../src/api/index.ts';
import { KubeClient, loadCluster, resources } from '../../src/kube/index.ts';
import { InternetLog } from './support/attacks/internet-log.ts';
import { apply, eventually, inPod, kubectl, leaveNamespaces } from './support/client-pods.ts';
import { type LoadResult, runLoad, startLoadPod } from './support/load/load.ts';
import { podsOf, python, startProxyFor } from './support/own-proxy.ts';

const PROXY = { namespace: 'limiting-proxy', name: 'limiting' };
const [LOUD, QUIET] = ['limits-loud', 'limits-quiet'];
const [TARGET, FILES] = ['limits.example.com:5432', 'files.example.com:80'];
const CONNECTIONS = 60;
/** Bytes a second of one namespace. */
const RATE = 200_000;
/** Bytes of one download of the loud namespace, and their number. Together they take 20 s. */
const [LARGE, DOWNLOADS] = [1_000_000, 4];
const limits = {
  requestsPerSecond: 20,
  requestBurst: 10,
  connections: CONNECTIONS,
  bytesPerSecond: RATE,
};
const internet = new InternetLog();
let address: string;

beforeAll(async () => {
  address = await startProxyFor([LOUD, QUIET], [TARGET, FILES], PROXY, { limits });
  // Their variables name the proxy, since they start after the namespaces have chosen it.
  for (const namespace of [LOUD, QUIET]) await startLoadPod(namespace);
});
afterAll(() => leaveNamespaces(LOUD, QUIET, PROXY.namespace));

/** The value of a metric of the proxy's agent; 0 where it has none. */
async function metric(series: string): Promise<number> {
  const [pod] = await podsOf(PROXY);
  const text = await kubectl(
    `get --raw /api/v1/namespaces/${PROXY.namespace}/pods/${pod}:8081/proxy/metrics`,
  );
  const line = text.split('\n').find((each) => each.startsWith(`${series} `)) ?? '0';
  return Number(line.slice(line.lastIndexOf(' ')));
}

/** How many requests of the namespace the proxy refused for this reason, as its metrics have it. */
const refused = (namespace: string, reason: string) =>
  metric(`kube_egress_decisions_total{namespace="${namespace}",verdict="deny",reason="${reason}"}`);

/** Writes the rule sets of a namespace again and again, 1,000 new targets each time, until the signal is aborted. */
async function rewrite(namespace: string, signal: AbortSignal): Promise<void> {
  const client = new KubeClient(await loadCluster({}));
  let writes = 0;
  const writer = async (name: string) => {
    while (!signal.aborted) {
      writes += 1;
      const targets = Array.from({ length: 1000 }, (_, index) => `n${index}.v${writes}.example.com:443`);
      const metadata = { namespace, name };
      const ruleSet = { apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets } };
      await client.apply(ruleSet, { fieldManager: 'flood', force: true, timeoutMs: 60_000 });
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(writer));
  for (const name of ['a', 'b', 'c', 'd']) await client.delete(resources.egressRuleSets, { namespace, name });
  await client.close();
}

const tunnels = (namespace: string, options: { concurrency: number; total?: number; until?: string }) =>
  runLoad(`${namespace}/load`, { target: TARGET, ...options });

/** Bytes that arrive of a download. */
async function download(namespace: string, bytes: number): Promise<number> {
  const url = `http://files.example.com/bytes?n=${bytes}`;
  const call = `curl -s -o /dev/null -m 90 -x http://${address}:3128 -w '%{size_download}' '${url}'`;
  return Number((await inPod(`${namespace}/api`, call, 100)).stdout);
}

describe('a namespace that goes beyond a limit of its proxy', () => {
  test('requestsPerSecond: is refused with the text that names it, and another one is served meanwhile', async () => {
    const flood = tunnels(LOUD, { concurrency: 40, until: '/tmp/enough' });
    expect(await eventually(async () => (await refused(LOUD, 'RateLimited')) > 0, true)).toBe(true);
    const served: LoadResult[] = [];
    for (let turn = 0; turn < 3; turn += 1) served.push(await tunnels(QUIET, { concurrency: 1, total: 20 }));
    await inPod(`${LOUD}/load`, 'touch /tmp/enough');
    const { counts, samples } = await flood;
    expect(served.map((one) => one.counts)).toEqual(served.map(() => ({ 200: 20 })));
    expect(Object.keys(counts)).toEqual(['200', '429']);
    expect(samples['429']).toMatch(
      /\(RateLimited: more than 20 requests a second .*limits\.requestsPerSecond/,
    );
    expect(await refused(LOUD, 'RateLimited')).toBe(counts['429']);
    expect(await refused(QUIET, 'RateLimited')).toBe(0);
  });

  test('connections: is refused more of them until it closes one, and another one is served meanwhile', async () => {
    const hold = `
import os, socket, time
def connect():
  s = socket.create_connection(("${address}", 3128)); s.settimeout(20)
  s.sendall(b"CONNECT ${TARGET} HTTP/1.1\\r\\nHost: ${TARGET}\\r\\n\\r\\n")
  return s, s.recv(4096).decode().split("\\r\\n\\r\\n")[0]
held = [connect() for _ in range(${CONNECTIONS})]
assert all(" 200 " in head for _, head in held), "a tunnel was refused"
s, head = connect(); print(head)
open("/tmp/held", "w")
while not os.path.exists("/tmp/close"): time.sleep(0.1)
held.pop()[0].close()
while " 200 " not in head: time.sleep(0.2); head = connect()[1]
print("again")`;
    const holding = python(`${LOUD}/api`, hold, 120);
    const held = async () => (await inPod(`${LOUD}/api`, 'test -e /tmp/held')).code;
    expect(await eventually(held, 0)).toBe(0);
    const { counts } = await tunnels(QUIET, { concurrency: 1, total: 20 });
    await inPod(`${LOUD}/api`, 'touch /tmp/close');
    expect(counts).toEqual({ 200: 20 });
    const said = await holding;
    expect(said).toMatch(/^HTTP\/1.1 429 /);
    expect(said).toMatch(/\(TooManyConnections: 60 open connections .*limits\.connections/);
    expect(said).toMatch(/again$/);
    expect(await refused(LOUD, 'TooManyConnections')).toBeGreaterThan(0);
    expect(await refused(QUIET, 'TooManyConnections')).toBe(0);
  });

  test('bytesPerSecond: becomes slower over all its connections, and another one is not delayed', async () => {
    internet.mark();
    const begun = performance.now();
    let finished = 0;
    const downloads = Array.from({ length: DOWNLOADS }, async () => {
      const bytes = await download(LOUD, LARGE);
      finished += 1;
      return bytes;
    });
    const begin = async () => internet.since().filter(({ path }) => path === `/bytes?n=${LARGE}`).length;
    expect(await eventually(begin, DOWNLOADS)).toBe(DOWNLOADS);
    // The whole bucket of the quiet namespace, while the other one is empty.
    expect(await download(QUIET, RATE / 2)).toBe(RATE / 2);
    expect(finished).toBe(0);
    expect(await Promise.all(downloads)).toEqual(Array(DOWNLOADS).fill(LARGE));
    const seconds = (performance.now() - begun) / 1000;
    // The bucket, and what filled it since. Twice: a read takes what the bucket had before the others read.
    expect(DOWNLOADS * LARGE).toBeLessThan(2 * RATE * (1 + seconds));
  });

  test('changed targets: its changes wait, and a rule of another one works meanwhile', async () => {
    const enough = new AbortController();
    const flood = rewrite(LOUD, enough.signal);
    flood.catch(() => {});
    const waits = () => metric('kube_egress_delayed_namespaces');
    expect(await eventually(waits, 1, 60)).toBe(1);
    const late = 'late.example.com:5432';
    const connects = async () =>
      (await runLoad(`${QUIET}/load`, { target: late, concurrency: 1, total: 1 })).counts;
    expect(await connects()).toEqual({ 403: 1 });
    const spec = { targets: [late] };
    const metadata = { namespace: QUIET, name: 'late' };
    await apply({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec });
    await kubectl(`wait -n ${QUIET} --for=condition=Programmed egressruleset/late --timeout=60s`);
    expect(await connects()).toEqual({ 200: 1 });
    expect(enough.signal.aborted).toBe(false);
    enough.abort();
    await flood;
    expect(await eventually(waits, 0)).toBe(0);
    expect((await tunnels(LOUD, { concurrency: 1, total: 1 })).counts).toEqual({ 200: 1 });
  });
});
