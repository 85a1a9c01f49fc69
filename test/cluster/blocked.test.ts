import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  apply,
  condition,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeProxy,
  startPods,
} from './support/client-pods.ts';

const [PROXY_NAMESPACE, NAMESPACE] = ['blocking-proxy', 'blocking'];
const POD = `${NAMESPACE}/api`;
const TARGET = 'blocked.example.com:5432';
const REFUSED = 300;

/** Python: `connect()` returns the socket and the head of the answer to a CONNECT to TARGET. */
const connect = (proxy: string) => `
import socket, time
def connect():
  s = socket.create_connection(("${proxy}", 3128)); s.settimeout(20)
  s.sendall(b"CONNECT ${TARGET} HTTP/1.1\\r\\nHost: ${TARGET}\\r\\n\\r\\n")
  head = b""
  while b"\\r\\n\\r\\n" not in head:
    part = s.recv(4096)
    if not part: break
    head += part
  return s, head.decode()
`;

async function python(script: string, seconds = 60): Promise<string> {
  const { stdout, stderr } = await inPod(POD, `python3 - <<'END'\n${script}\nEND`, seconds);
  return stdout.trim() || stderr;
}

const setMode = (mode: string) =>
  kubectl(`label namespace ${NAMESPACE} egress.zalando.org/mode=${mode} --overwrite`);

let proxy: string;

beforeAll(async () => {
  const address = { namespace: PROXY_NAMESPACE, name: 'blocking' };
  await makeProxy(address, { closeRevoked: true, drainSeconds: 5 });
  await startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }] });
  await kubectl(`label namespace ${NAMESPACE} egress.zalando.org/proxy=${PROXY_NAMESPACE}.blocking`);
  await kubectl(
    `wait -n ${PROXY_NAMESPACE} egressproxy/blocking --for=condition=Programmed --timeout=90s`,
    '',
    100,
  );
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: [TARGET] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=60s`);
  proxy = (await kubectl(`get service blocking -n ${PROXY_NAMESPACE} -o jsonpath={.spec.clusterIP}`)).trim();
});
afterAll(() => leaveNamespaces(NAMESPACE, PROXY_NAMESPACE));

describe('mode: blocked', () => {
  test('refuses every request from one moment on, relay leases included, and ends open tunnels', async () => {
    const tunnel = python(`${connect(proxy)}
s, head = connect(); assert " 200 " in head, head
s.sendall(b"echo"); assert s.recv(9) == b"echo"
open("/tmp/tunnel", "w"); s.settimeout(90)
try: print("closed" if s.recv(9) == b"" else "data")
except ConnectionError: print("closed")
`);
    const answers = python(`${connect(proxy)}
said = ""; refused = 0
while refused < ${REFUSED}:
  try: s, head = connect(); s.close()
  # closeRevoked may end a tunnel before its 200 has been read: no answer.
  except ConnectionResetError: continue
  ok = " 200 " in head; refused += not ok; said += "a" if ok else "r"
  if len(said) == 50: open("/tmp/asking", "w")
print(said)
`);
    const exists = async (file: string) => (await inPod(POD, `test -e ${file}`)).code;
    expect(await eventually(() => exists('/tmp/tunnel'), 0)).toBe(0);
    expect(await eventually(() => exists('/tmp/asking'), 0)).toBe(0);
    await kubectl(`annotate namespace ${NAMESPACE} egress.zalando.org/blocked-reason="drill 7, ask sre"`);
    await setMode('blocked');
    expect(await answers).toMatch(new RegExp(`^a{50,}r{${REFUSED}}$`));
    expect(await tunnel).toBe('closed');
  });

  test('says who set it, when and why', async () => {
    const head = await python(`${connect(proxy)}\nprint(connect()[1])`);
    expect(head).toContain('HTTP/1.1 403');
    expect(head).toMatch(/X-Egress-Decision: .*\(Blocked: drill 7, ask sre\)/);
    expect(head).toMatch(/is blocked since [\dT:-]+Z by kubectl-label/);
    const enforced = () => condition(NAMESPACE, 'egressactivity/observed', 'Enforced');
    expect(await eventually(enforced, 'True Blocked')).toBe('True Blocked');
  });

  test('keeps the NetworkPolicy, so that nothing passes the proxy by', async () => {
    const policies = await kubectl(`get networkpolicy -n ${NAMESPACE} -o name`);
    expect(policies).toContain('enforce-egress-proxy');
    const past = await inPod(
      POD,
      'python3 -c \'import socket; socket.create_connection(("203.0.113.10", 80), 3)\'',
    );
    expect(past.stderr).toMatch(/timed out|timeout|refused|unreachable/i);
  });

  test('is undone by the label', async () => {
    await setMode('enforce');
    const passes = () => python(`${connect(proxy)}\nprint(connect()[1].split(" ")[1])`);
    expect(await eventually(passes, '200')).toBe('200');
  });
});
