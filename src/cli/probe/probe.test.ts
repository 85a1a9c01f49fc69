import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Mode } from '../../api/index.ts';
import type { Pod } from '../../kube/index.ts';
import { assessProbe, type Probe, planProbePod, readProbe, renderStep } from './index.ts';
import { probeScript } from './probe-script.ts';

const request = {
  namespace: 'shop',
  name: 'egress-probe-1',
  image: 'curl',
  urls: ['https://a.example.com/'],
  proxy: undefined,
  userAgent: 'Test-Client/1.0',
  connectTimeout: 10,
  timeout: 30,
  tryDirectly: true,
  asPod: undefined,
};

const web = {
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'uid-web',
    labels: { app: 'web', 'pod-template-hash': '5d4f' },
    annotations: {
      'egress.zalando.org/no-proxy': 'x.example.com',
      'egress.zalando.org/injected': 'env',
      other: 'annotation',
    },
  },
  spec: { serviceAccountName: 'web', containers: [] },
} as unknown as Pod;

describe('planProbePod', () => {
  it('has the rules of a pod, and neither its controller nor its traffic', () => {
    const { metadata, spec } = planProbePod({ ...request, asPod: web });
    expect(metadata.labels).toEqual({ app: 'web', 'egress.zalando.org/probe': 'true' });
    expect(metadata.annotations).toEqual({ 'egress.zalando.org/no-proxy': 'x.example.com' });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'Pod', name: 'web-1', uid: 'uid-web', controller: true },
    ]);
    expect(spec).toMatchObject({
      serviceAccountName: 'web',
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      readinessGates: [{ conditionType: 'egress.zalando.org/probe' }],
      activeDeadlineSeconds: 600,
    });
  });

  it('gives the values of flags to the script as they are', () => {
    const [container] =
      planProbePod({ ...request, userAgent: '$(PROBE_URLS) `id` "' }).spec?.containers ?? [];
    expect(container?.env).toContainEqual({ name: 'PROBE_USER_AGENT', value: '$$(PROBE_URLS) `id` "' });
    expect(container?.command).toEqual(['sh', '-c', probeScript]);
  });
});

const lines = `@variables http://squid:3128
@proxy 0 0.006 0.192 10.96.211.202
@url https://a.example.com/
* CONNECT tunnel: HTTP/1.1 negotiated
< HTTP/1.1 200 Connection established

@answer 200 204 0.119
@exit 0
@url https://b.example.com/
< HTTP/1.1 403 Forbidden
< X-Egress-Decision: Pod shop/web-1 may not reach b.example.com:443 (NoMatchingRule). [id 1-2]\r
< X-Other: @exit 0
curl: (56) CONNECT tunnel failed, response 403
@answer 403 000 0.004
@exit 56
@direct 28 0.001 0.000 `.split('\n');

describe('readProbe', () => {
  it('reads the results between what curl says', () => {
    expect(readProbe(lines)).toEqual({
      variables: 'http://squid:3128',
      proxy: { code: 0, lookup: 0.006, connect: 0.192, address: '10.96.211.202' },
      attempts: [
        {
          url: 'https://a.example.com/',
          code: 0,
          connectStatus: 200,
          status: 204,
          seconds: 0.119,
          refusal: undefined,
          error: undefined,
        },
        {
          url: 'https://b.example.com/',
          code: 56,
          connectStatus: 403,
          status: 0,
          seconds: 0.004,
          refusal: 'Pod shop/web-1 may not reach b.example.com:443 (NoMatchingRule). [id 1-2]',
          error: '(56) CONNECT tunnel failed, response 403',
        },
      ],
      direct: { code: 28, lookup: 0.001, connect: 0, address: undefined },
    });
  });

  it('reads every beginning of it', () => {
    for (const [index] of lines.entries()) expect(() => readProbe(lines.slice(0, index))).not.toThrow();
    expect(readProbe(['@exit 0', '@nonsense', 'x']).attempts).toEqual([]);
  });
});

describe('assessProbe', () => {
  const reached = { code: 0, lookup: 0, connect: 0.1, address: '203.0.113.10' };
  const stepOf = (
    step: 'variables' | 'proxy' | 'exit' | 'direct',
    more: Partial<Probe>,
    mode: Mode = 'enforce',
  ) => renderStep(assessProbe({ ...readProbe(lines.slice(0, 8)), ...more }, mode)[step], { colors: false });

  it.each([
    ['ok    https://a.example.com/ through the proxy: tunnel 200, status 204 in 119 ms', stepOf('exit', {})],
    [
      'FAIL  https://b.example.com/ through the proxy: refused: Pod shop/web-1 may not',
      stepOf('exit', readProbe(lines)),
    ],
    ['FAIL  The proxy of the pod: none: the pod has no HTTPS_PROXY', stepOf('variables', { variables: '' })],
    [
      'FAIL  Name of the proxy, and a connection to it: the name does not resolve (curl: 6)',
      stepOf('proxy', { proxy: { ...reached, code: 6, connect: 0 } }),
    ],
    [
      'FAIL  Name of the proxy, and a connection to it: no connection',
      stepOf('proxy', { proxy: { ...reached, code: 28, connect: 0 } }),
    ],
    [
      'ok    Without the proxy: no connection, as it should be (curl: 28)',
      stepOf('direct', readProbe(lines)),
    ],
    [
      'ok    Without the proxy: no connection, although mode observe drops none (curl: 28)',
      stepOf('direct', readProbe(lines), 'observe'),
    ],
    [
      'FAIL  Without the proxy: connected to 203.0.113.10: the CNI does not',
      stepOf('direct', { direct: reached }),
    ],
    ['FAIL  Without the proxy: connected', stepOf('direct', { direct: { ...reached, code: 60 } }, 'blocked')],
    [
      'ok    Without the proxy: connected to 203.0.113.10; mode enforce would drop it',
      stepOf('direct', { direct: reached }, 'observe'),
    ],
  ])('%s', (expected, text) => {
    expect(text.slice(0, expected.length)).toBe(expected);
  });

  it('has no step before its result', () => {
    expect(assessProbe(readProbe([]), 'enforce')).toEqual({});
    expect(renderStep(undefined, { colors: false })).toBe('');
  });
});

describe('the script', () => {
  it('ends as curl without a proxy where the variables are missing', () => {
    const env = { PATH: process.env['PATH'], PROBE_URLS: 'https://a.example.com/', PROBE_PROXY: '' };
    let failure: { status?: number; stdout?: Buffer } = {};
    try {
      execFileSync('sh', ['-c', probeScript], { env });
    } catch (error) {
      failure = error as typeof failure;
    }
    expect([failure.status, failure.stdout?.toString()]).toEqual([5, '@variables \n']);
  });

  /** Each connection's bytes, of a proxy that refuses everything. */
  async function runAgainstProxy(urls: string) {
    const received: string[] = [];
    const server = createServer((socket) => {
      const index = received.push('') - 1;
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        received[index] = `${received[index] ?? ''}${chunk}`;
        socket.end('HTTP/1.1 403 Forbidden\r\nX-Egress-Decision: no (A)\r\nContent-Length: 0\r\n\r\n');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const env = {
      PATH: process.env['PATH'],
      PROBE_URLS: urls,
      PROBE_PROXY: `http://127.0.0.1:${port}`,
      PROBE_USER_AGENT: 'x',
      PROBE_CONNECT_TIMEOUT: '30',
      PROBE_TIMEOUT: '30',
    };
    const ended = await promisify(execFile)('sh', ['-c', probeScript], { env }).catch(
      (error: { code: number; stdout: string }) => error,
    );
    server.close();
    const requests = received.map((text) => text.split('\r\n')[0] ?? '');
    return { requests, probe: readProbe(ended.stdout.split('\n')), code: 'code' in ended ? ended.code : 0 };
  }

  it('connects to the proxy without a request, so that its log has none, and then requests each URL', async () => {
    const { requests, probe, code } = await runAgainstProxy(
      'http://a.example.com/ https://b.example.com/ connect:http://c.example.com:5432/',
    );
    expect(requests).toEqual([
      '',
      'GET http://a.example.com/ HTTP/1.1',
      'CONNECT b.example.com:443 HTTP/1.1',
      'CONNECT c.example.com:5432 HTTP/1.1',
    ]);
    expect(probe.proxy).toMatchObject({ address: '127.0.0.1', connect: expect.toSatisfy((s) => s > 0) });
    expect(probe.attempts).toMatchObject([
      { url: 'http://a.example.com/', code: 0, status: 403, refusal: 'no (A)' },
      { url: 'https://b.example.com/', code: 56, connectStatus: 403, refusal: 'no (A)' },
      { url: 'http://c.example.com:5432/', code: 56, connectStatus: 403, refusal: 'no (A)' },
    ]);
    expect(code).toBe(56);
  });
});
