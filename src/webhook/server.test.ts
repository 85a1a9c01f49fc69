import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { Registry } from 'prom-client';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { FakeClock } from '../time/fake-clock.ts';
import { systemClock } from '../time/index.ts';
import type { ServingPair } from './certificate.ts';
import { DecisionLog } from './decision-log.ts';
import { drainServer } from './drain.ts';
import { registerMetrics } from './metrics.ts';
import { BODY_LIMIT, buildServer, type Judge } from './server.ts';

async function servingPair(name: string): Promise<ServingPair> {
  const pair = await generate([{ name: 'commonName', value: name }]);
  return { cert: pair.cert, key: pair.private, notAfter: 0 };
}

const review = (over: object = {}) =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u-1', kind: { group: '', version: 'v1', kind: 'Pod' }, operation: 'CREATE', ...over },
  });

interface Running {
  app: ReturnType<typeof buildServer>;
  agent: Agent;
  registry: Registry;
  state: { draining: boolean };
  port: number;
}

let running: Running | undefined;
afterEach(async () => {
  running?.agent.destroy();
  await running?.app.close();
  running = undefined;
});

async function listen(judge: Judge): Promise<Running> {
  const registry = new Registry();
  const state = { draining: false };
  const app = buildServer({
    pair: await servingPair('first'),
    judges: { '/judge': judge },
    metrics: registerMetrics(registry, () => undefined),
    decisions: new DecisionLog(silentLog, systemClock),
    log: silentLog,
    clock: systemClock,
    isDraining: () => state.draining,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 1 });
  running = { app, agent, registry, state, port: (app.server.address() as AddressInfo).port };
  return running;
}

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
  reused: boolean;
}

function post(body: string, { path = '/judge', type = 'application/json' } = {}): Promise<Answer> {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { port: running?.port, host: '127.0.0.1', path, method: 'POST', agent: running?.agent, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            reused: request.reusedSocket,
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

describe('buildServer', () => {
  it('answers a review with its uid', async () => {
    await listen(() => ({ kind: 'allowed', warnings: ['mind this'] }));
    const { status, text, headers } = await post(review());
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('application/json');
    expect(JSON.parse(text)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true, warnings: ['mind this'] },
    });
  });

  it('carries a patch as base64', async () => {
    const patch = [{ op: 'add' as const, path: '/x', value: 1 }];
    await listen(() => ({ kind: 'patched', patch, annotation: undefined }));
    const { response } = JSON.parse((await post(review())).text);
    expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual(patch);
  });

  it('refuses with all causes, as the API server refuses a kind of its own', async () => {
    const causes = [
      { field: 'spec.targets[0]', message: 'a scheme' },
      { field: 'spec.targets[1]', message: 'no port' },
    ];
    await listen(() => ({ kind: 'denied', message: 'two faults', causes }));
    const { response } = JSON.parse((await post(review({ name: 'bad' }))).text);
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 422, reason: 'Invalid', message: 'two faults', details: { name: 'bad', causes } },
    });
  });

  const refused: {
    name: string;
    body: string;
    path?: string;
    type?: string;
    status: number;
    code: string;
  }[] = [
    { name: 'no JSON', body: '{', status: 400, code: 'BODY_NOT_JSON' },
    { name: 'nothing', body: '', status: 400, code: 'BODY_EMPTY' },
    { name: 'no review', body: '{"kind":"Pod"}', status: 400, code: 'REVIEW_MALFORMED' },
    { name: 'null', body: 'null', status: 400, code: 'REVIEW_MALFORMED' },
    {
      name: 'another content type',
      body: 'x',
      type: 'text/plain',
      status: 415,
      code: 'MEDIA_TYPE_UNSUPPORTED',
    },
    { name: 'another path', body: '{}', path: '/other', status: 404, code: 'ROUTE_UNKNOWN' },
    { name: 'more than 7 MB', body: ' '.repeat(BODY_LIMIT + 1), status: 413, code: 'BODY_TOO_LARGE' },
  ];
  it.each(refused)('answers $status to $name, in one line', async ({ body, path, type, status, code }) => {
    const { registry } = await listen(() => ({ kind: 'allowed' }));
    const answer = await post(body, { ...(path && { path }), ...(type && { type }) });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ code, message: expect.stringMatching(/^[^\n]+$/) });
    expect(await registry.metrics()).toContain(`code="${code}"`);
  });

  it('answers 500 when judging fails, tells nothing of the inside, and goes on', async () => {
    let failing = true;
    const { registry } = await listen(() => {
      if (failing) throw new TypeError('secret detail');
      return { kind: 'allowed' };
    });
    const { status, text } = await post(review());
    expect(status).toBe(500);
    expect(text).not.toContain('secret detail');
    expect(await registry.metrics()).toContain('code="INTERNAL"');
    failing = false;
    expect((await post(review())).status).toBe(200);
  });

  it('takes a new certificate without dropping a connection', async () => {
    const { app, port } = await listen(() => ({ kind: 'allowed' }));
    await post(review());
    app.server.setSecureContext(await servingPair('second'));
    expect((await post(review())).reused).toBe(true);
    expect(await peerName(port)).toBe('second');
  });

  it('drains: answers, asks for another connection, then closes', async () => {
    const { app, state } = await listen(() => ({ kind: 'allowed' }));
    await post(review());
    state.draining = true;
    const clock = new FakeClock();
    const drained = drainServer(app, 5000, clock);
    expect(await post(review())).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await clock.advance(5000);
    await drained;
    await expect(post(review())).rejects.toThrow('ECONNREFUSED');
  });
});

function peerName(port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.end();
    });
    socket.on('error', reject);
  });
}
