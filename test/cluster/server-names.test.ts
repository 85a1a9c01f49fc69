import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, inPod, kubectl, leaveNamespaces } from './support/client-pods.ts';
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

interface TunnelRecord {
  target: string;
  verdict: string;
  reason: string;
  sni?: string;
}

async function audited(sni: string): Promise<TunnelRecord | undefined> {
  const lines = await kubectl(`logs -n ${PROXY.namespace} deployment/${PROXY.name} -c agent`);
  const line = lines.split('\n').find((text) => text.includes(`"sni":"${sni}"`));
  return line === undefined ? undefined : JSON.parse(line);
}

let address: string;
beforeAll(async () => {
  address = await startProxyFor([NAMESPACE], [`${ALLOWED}:443`, `${ALLOWED}:80`], PROXY, {
    tlsServerName: 'Enforce',
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

  test('a killed gate lets nothing pass it by, and is back by itself', async () => {
    const [pod = ''] = await podsOf(PROXY);
    await signalGate(PROXY.namespace, pod, 'KILL');
    expect(await call('files.example.com')).toBe('000');
    expect(await request(`http://${ALLOWED}/`)).toBe('200');
    expect(await eventually(() => call(ALLOWED), '200', 60)).toBe('200');
    expect(await call('files.example.com')).toBe('000');
  });
});
