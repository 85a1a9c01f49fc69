import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  apply,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeProxy,
  startPods,
} from './support/client-pods.ts';

const [PROXY_NAMESPACE, NAMESPACE] = ['closing-proxy', 'closing'];
const POD = `${NAMESPACE}/api`;
const KEPT = 'kept.example.com:5432';
/** Seconds that a tunnel stays open when nothing closes it. */
const LONGEST = 120;

/** The Service's addresses, one a family. */
async function serviceAddresses(): Promise<string[]> {
  const path = `jsonpath='{.spec.clusterIPs[*]}'`;
  return (await kubectl(`get service closing -n ${PROXY_NAMESPACE} -o ${path}`)).trim().split(' ');
}

/**
 * A tunnel to an echo server: says `open` into a file once it has echoed, then waits. Ends with `closed` when it is
 * closed, with `echo` when it still echoes after `/tmp/ask` has appeared.
 */
function tunnel(name: string, proxy: string, target: string): Promise<string> {
  const script = `
import os, socket, time
s = socket.create_connection(("${proxy}", 3128)); s.settimeout(0.2)
s.sendall(b"CONNECT ${target} HTTP/1.1\\r\\nHost: ${target}\\r\\n\\r\\n")
def read(patience):
  end = time.time() + patience
  while time.time() < end:
    try: return s.recv(4096)
    except socket.timeout: pass
    if patience > 20 and os.path.exists("/tmp/ask"): return b"asked"
assert read(20).startswith(b"HTTP/1.1 200"), "no tunnel"
s.sendall(b"echo"); assert read(20) == b"echo", "no echo"
open("/tmp/${name}", "w")
try:
  if read(${LONGEST}) == b"asked": s.sendall(b"echo"); print(read(20).decode())
  else: print("closed")
except ConnectionError: print("closed")
`;
  return inPod(POD, `python3 - <<'END'\n${script}\nEND`, LONGEST + 30).then(
    ({ stdout, stderr }) => stdout.trim() || stderr,
  );
}

const isOpen = (name: string) =>
  eventually(async () => (await inPod(POD, `test -e /tmp/${name}`)).code, 0).then((code) => code === 0);

async function ruleSet(name: string, target: string): Promise<void> {
  const metadata = { name, namespace: NAMESPACE };
  await apply({ apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata, spec: { targets: [target] } });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/${name} --timeout=60s`);
}

beforeAll(async () => {
  const address = { namespace: PROXY_NAMESPACE, name: 'closing' };
  await makeProxy(address, { closeRevoked: true, drainSeconds: 5 });
  await startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }] });
  await kubectl(`label namespace ${NAMESPACE} egress.zalando.org/proxy=${PROXY_NAMESPACE}.closing`);
  const proxy = `-n ${PROXY_NAMESPACE} egressproxy/closing`;
  await kubectl(`wait ${proxy} --for=condition=Programmed --timeout=90s`, '', 100);
  await ruleSet('kept', KEPT);
});
afterAll(() => leaveNamespaces(NAMESPACE, PROXY_NAMESPACE));

describe('closeRevoked', () => {
  test('ends the tunnels of a rule that is removed, over every family, and no other one', async () => {
    await ruleSet('gone', 'gone.example.com:5432');
    const addresses = await serviceAddresses();
    const kept = tunnel('kept', addresses[0] ?? '', KEPT);
    const gone = addresses.map((address, index) => tunnel(`gone-${index}`, address, 'gone.example.com:5432'));
    expect(await isOpen('kept')).toBe(true);
    for (const index of gone.keys()) expect(await isOpen(`gone-${index}`)).toBe(true);
    await kubectl(`delete egressruleset gone -n ${NAMESPACE}`);
    expect(await Promise.all(gone)).toEqual(addresses.map(() => 'closed'));
    await inPod(POD, 'touch /tmp/ask');
    expect(await kept).toBe('echo');
    await inPod(POD, 'rm /tmp/ask');
  });

  test('also tunnels that an agent before this one allowed', async () => {
    await ruleSet('before', 'before.example.com:5432');
    const [address = ''] = await serviceAddresses();
    const before = tunnel('before', address, 'before.example.com:5432');
    expect(await isOpen('before')).toBe(true);
    const agent = `-n ${PROXY_NAMESPACE} deploy/closing -c agent`;
    const saved = async () =>
      (await kubectl(`exec ${agent} -- cat /var/lib/kube-egress/open-tunnels.jsonl`)).includes(
        'before.example',
      );
    expect(await eventually(saved, true)).toBe(true);
    await kubectl(`exec ${agent} -- sh -c "kill -9 -1" || true`);
    await kubectl(`delete egressruleset before -n ${NAMESPACE}`);
    expect(await before).toBe('closed');
  });

  test('by a container that holds NET_ADMIN, no other capability, and no token', async () => {
    const container = `-n ${PROXY_NAMESPACE} deploy/closing -c closer`;
    const status = await kubectl(`exec ${container} -- cat /proc/1/status`);
    expect(status).toMatch(/^CapEff:\s0{12}1000$/m);
    expect(status).toMatch(/^CapBnd:\s0{12}1000$/m);
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    expect(await kubectl(`exec ${container} -- ls /var/run/secrets || true`)).toBe('');
  });
});
