import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/api/index.ts';
import { InternetLog } from './support/attacks/internet-log.ts';
import { eventually, inPod, kubectl, leaveNamespaces } from './support/client-pods.ts';
import { readAuditFiles } from './support/exactness/audit-files.ts';
import { podsOf, python, signalAgent, signalSquid, startProxyFor } from './support/own-proxy.ts';

const PROXY = { namespace: 'interrupted-proxy', name: 'interrupted' };
const NAMESPACE = 'interrupted';
const POD = `${NAMESPACE}/api`;
const [TUNNEL, POST] = ['echo.example.com:5432', 'post.example.com:80'];
const internet = new InternetLog();
let address: string;

beforeAll(async () => {
  address = await startProxyFor([NAMESPACE], [TUNNEL, POST], PROXY, { drainSeconds: 5 });
});
afterAll(() => leaveNamespaces(NAMESPACE, PROXY.namespace));

const records = () => readAuditFiles(PROXY.name, PROXY.namespace).filter(({ pod }) => pod === 'api');
const shown = ({ method, target, phase }: AuditRecord) => `${method} ${target} ${phase ?? 'ended'}`;
const shownOf = (ids: readonly (string | undefined)[]) =>
  records()
    .filter(({ id }) => ids.includes(id))
    .map(shown)
    .sort();

/** A tunnel to an echo server and a POST whose chunked body has no end. Prints `ended` when the proxy has ended both. */
const hold = () =>
  python(
    POD,
    `
import socket
def ask(head):
  s = socket.create_connection(("${address}", 3128)); s.settimeout(150); s.sendall(head); return s
tunnel = ask(b"CONNECT ${TUNNEL} HTTP/1.1\\r\\nHost: ${TUNNEL}\\r\\n\\r\\n")
assert tunnel.recv(4096).startswith(b"HTTP/1.1 200"), "no tunnel"
tunnel.sendall(b"echo"); assert tunnel.recv(4) == b"echo", "no echo"
post = ask(b"POST http://post.example.com/upload HTTP/1.1\\r\\nHost: post.example.com\\r\\n"
  b"Transfer-Encoding: chunked\\r\\n\\r\\n4\\r\\ndata\\r\\n")
for s in tunnel, post:
  try:
    while s.recv(4096): pass
  except ConnectionError: pass
print("ended")`,
    170,
  );

/** Begins both requests. Resolves when the internet simulator has seen them, with what `hold` prints. */
async function begin(): Promise<{ ended: Promise<string> }> {
  internet.mark();
  const ended = hold();
  const arrived = async () => {
    const seen = internet.since();
    return seen.some(({ server }) => server.endsWith(':5432')) && seen.some(({ path }) => path === '/upload');
  };
  expect(await eventually(arrived, true)).toBe(true);
  return { ended };
}

/** One more request ends with a record of its own, and with no other one. */
async function expectServedAgain(): Promise<void> {
  const call = `curl -s -o /dev/null -m 10 -x http://${address}:3128 -w '%{http_code}' http://post.example.com/`;
  expect(await eventually(async () => (await inPod(POD, call)).stdout, '200', 60)).toBe('200');
  const gets = async () => records().some(({ method, status }) => method === 'GET' && status === 200);
  expect(await eventually(gets, true)).toBe(true);
}

const interrupted = () => records().filter(({ phase }) => phase === 'interrupted');
/** Records of the two requests that were interrupted after `before` others. */
async function interruptedAfter(before: number): Promise<AuditRecord[]> {
  expect(await eventually(async () => interrupted().length, before + 2, 90)).toBe(before + 2);
  return interrupted().slice(before);
}

describe('a tunnel and a chunked POST that are open when Squid is killed in its pod', () => {
  test('have an open record after a minute, and one record each of how they ended', async () => {
    const [pod = ''] = await podsOf(PROXY);
    const { ended } = await begin();
    const open = () => records().filter(({ phase }) => phase === 'open');
    expect(await eventually(async () => open().length, 2, 100)).toBe(2);
    const ids = open().map(({ id }) => id);
    await signalSquid(PROXY.namespace, pod, 'KILL');
    expect(await ended).toBe('ended');
    const last = await interruptedAfter(0);
    expect(last.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    for (const record of last) {
      expect(record).toMatchObject({ namespace: NAMESPACE, verdict: 'allow' });
      expect(record.rule).toMatch(/^interrupted\/rules#[01]$/);
    }
    await expectServedAgain();
    expect(shownOf(ids)).toEqual([
      `CONNECT ${TUNNEL} interrupted`,
      `CONNECT ${TUNNEL} open`,
      `POST ${POST} interrupted`,
      `POST ${POST} open`,
    ]);
  });

  test('have one record each although the agent is killed too', async () => {
    const [pod = ''] = await podsOf(PROXY);
    const before = interrupted().length;
    const { ended } = await begin();
    const file = `exec -n ${PROXY.namespace} ${pod} -c agent -- cat /var/lib/kube-egress/open-requests.jsonl`;
    const stored = async () => {
      const text = await kubectl(file);
      return text.includes(TUNNEL) && text.includes(POST);
    };
    expect(await eventually(stored, true)).toBe(true);
    await signalAgent(PROXY.namespace, pod, 'KILL');
    await signalSquid(PROXY.namespace, pod, 'KILL');
    expect(await ended).toBe('ended');
    const ids = (await interruptedAfter(before)).map(({ id }) => id);
    await expectServedAgain();
    expect(shownOf(ids)).toEqual([`CONNECT ${TUNNEL} interrupted`, `POST ${POST} interrupted`]);
  });
});
