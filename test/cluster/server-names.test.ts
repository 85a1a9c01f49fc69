import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, eventually, inPod, kubectl, leaveNamespaces } from './support/client-pods.ts';
import { askTunnel, type HeldTunnel, holdTunnel, isHeld } from './support/held-tunnel.ts';
import { podsOf, signalGate, startProxyFor } from './support/own-proxy.ts';

const PROXY = { namespace: 'server-names-proxy', name: 'names' };
const NAMESPACE = 'server-names';
const POD = `${NAMESPACE}/api`;
const ALLOWED = 'a.example.com';

/** The status of a request through the proxy; 000 without an answer. */
async function request(args: string): Promise<string> {
  const call = `curl -sk -o /dev/null -m 10 -w '%{http_code}' -x http://${address}:3128 ${args}`;
  return (await inPod(POD, call)).stdout;
}

/** A tunnel to ALLOWED with another name, or the same, in TLS. */
const call = (name: string) => request(`--connect-to ${name}:443:${ALLOWED}:443 https://${name}/`);

/** What curl exits with when nothing listens. */
const CURL_REFUSED = 7;
/** The simulator's echo server, behind the gate, too. */
const ECHO_PORT = 5432;
const KEPT = `kept.example.com:${ECHO_PORT}`;

/** The echo server under a name that the operator says is no TLS. */
const PLAIN = `plain.example.com:${ECHO_PORT}`;

/** A tunnel to an echo server that begins with TLS for the name that was allowed. */
const held = (name: string): HeldTunnel => ({
  ...{ pod: POD, name, proxy: address, serverName: `${name}.example.com` },
  target: `${name}.example.com:${ECHO_PORT}`,
});

interface TunnelRecord {
  target: string;
  verdict: string;
  reason: string;
  sni?: string;
}

/** What the proxy's pods have written about tunnels with this TLS server name. */
async function auditLines(sni: string): Promise<TunnelRecord[]> {
  const lines = await kubectl(`logs -n ${PROXY.namespace} -l app=${PROXY.name} -c agent --tail=-1`);
  const found = lines.split('\n').filter((text) => text.includes(`"sni":"${sni}"`));
  return found.map((line) => JSON.parse(line));
}
const audited = async (sni: string) => (await auditLines(sni))[0];

let address: string;
beforeAll(async () => {
  const targets = [`${ALLOWED}:443`, `${ALLOWED}:80`, KEPT, PLAIN];
  address = await startProxyFor([NAMESPACE], targets, PROXY, {
    tlsServerName: 'Enforce',
    tlsPorts: [443, ECHO_PORT],
    tcpTargets: [PLAIN],
    closeRevoked: true,
    drainSeconds: 150,
  });
});
afterAll(() => leaveNamespaces(NAMESPACE, PROXY.namespace));

describe('tlsServerName: Enforce', () => {
  test('a tunnel passes with the name that was allowed', async () => {
    expect(await call(ALLOWED)).toBe('200');
    expect(await eventually(async () => (await audited(ALLOWED))?.verdict, 'allow')).toBe('allow');
  });

  test('another name in an allowed tunnel is ended, and named in the audit log', async () => {
    expect(await call('files.example.com')).toBe('000');
    const reason = async () => (await audited('files.example.com'))?.reason;
    expect(await eventually(reason, 'ServerNameMismatch')).toBe('ServerNameMismatch');
    expect(await audited('files.example.com')).toMatchObject({ target: `${ALLOWED}:443`, verdict: 'deny' });
  });

  test('a tunnel without TLS is ended before the server gets a byte', async () => {
    expect(await request(`--proxytunnel http://${ALLOWED}:443/`)).toBe('000');
  });

  test('a client of a target that is no TLS gets the answer after it has ended its side', async () => {
    const script = `
import socket
s = socket.create_connection(("${address}", 3128)); s.settimeout(20)
s.sendall(b"CONNECT ${PLAIN} HTTP/1.1\\r\\nHost: ${PLAIN}\\r\\n\\r\\n")
assert s.recv(4096).startswith(b"HTTP/1.1 200"), "no tunnel"
s.sendall(b"x" * 20000); s.shutdown(socket.SHUT_WR)
got = b""
while more := s.recv(4096): got += more
print(len(got))
`;
    const { stdout, stderr } = await inPod(POD, `python3 - <<'END'\n${script}\nEND`, 40);
    expect(stdout.trim() || stderr).toBe('20000');
  });

  test('a killed gate lets nothing pass it by, and is back by itself', async () => {
    const [pod = ''] = await podsOf(PROXY);
    await signalGate(PROXY.namespace, pod, 'KILL');
    expect(await call('files.example.com')).toBe('000');
    expect(await request(`http://${ALLOWED}/`)).toBe('200');
    expect(await eventually(() => call(ALLOWED), '200', 60)).toBe('200');
    expect(await call('files.example.com')).toBe('000');
  });
});

describe('tunnels that the gate has opened', () => {
  test('end when their rule is removed, with one line each in the audit log, and no other one ends', async () => {
    const ruleSet = { apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet' };
    const metadata = { name: 'gone', namespace: NAMESPACE };
    await apply({ ...ruleSet, metadata, spec: { targets: [held('gone').target] } });
    await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/gone --timeout=60s`);
    const [kept, gone] = [holdTunnel(held('kept')), holdTunnel(held('gone'))];
    for (const name of ['kept', 'gone']) expect(await isHeld(held(name))).toBe(true);
    await kubectl(`delete egressruleset gone -n ${NAMESPACE}`);
    expect(await gone).toBe('closed');
    await askTunnel(held('kept'));
    expect(await kept).toBe('echo');
    for (const name of ['kept', 'gone']) {
      const lines = async () => (await auditLines(`${name}.example.com`)).length;
      expect(await eventually(lines, 1)).toBe(1);
      expect(await audited(`${name}.example.com`)).toMatchObject({
        target: held(name).target,
        verdict: 'allow',
      });
    }
  });

  test('live on while their proxy pod ends, and the next one serves new tunnels', async () => {
    const [pod = ''] = await podsOf(PROXY);
    const drained = holdTunnel({ ...held('kept'), name: 'drained' });
    expect(await isHeld({ pod: POD, name: 'drained' })).toBe(true);
    const ip = await kubectl(`get pod -n ${PROXY.namespace} ${pod} -o jsonpath={.status.podIP}`);
    const knock = async () =>
      (await inPod(POD, `curl -s -o /dev/null -m 10 -x http://${ip}:3128 http://${ALLOWED}/`)).code;
    expect(await knock()).toBe(0);
    await kubectl(`delete pod -n ${PROXY.namespace} ${pod} --wait=false`);
    expect(await eventually(knock, CURL_REFUSED, 60)).toBe(CURL_REFUSED);
    expect(await eventually(() => call(ALLOWED), '200', 60)).toBe('200');
    expect(await call('files.example.com')).toBe('000');
    await askTunnel({ pod: POD, name: 'drained' });
    expect(await drained).toBe('echo');
  });
});
