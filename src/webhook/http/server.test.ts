import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, type Mock, vi } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import type { Handler } from './handler.ts';
import { PATH, review, serverFixture, servingPair } from './server.fixture.ts';
import { BODY_LIMIT, drainServer } from './server.ts';

type Running = Awaited<ReturnType<typeof serverFixture>> & {
  handled: Mock<Handler>;
  agent: Agent;
  port: number;
};

let running: Running | undefined;
afterEach(async () => {
  running?.agent.destroy();
  await running?.app.close();
  running = undefined;
});

async function listen(): Promise<Running> {
  const handled = vi.fn<Handler>(() => ({ kind: 'allowed' }));
  const server = { ...(await serverFixture(handled)), handled };
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 1 });
  running = { ...server, agent, port: (server.app.server.address() as AddressInfo).port };
  return running;
}

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
  reused: boolean;
}

function post(body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { port: running?.port, host: '127.0.0.1', path: PATH, method: 'POST', agent: running?.agent, headers },
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

/** Starts a request from an address of the machine and sends none of its body; resolves with the status if refused. */
function beginBody(localAddress: string, bytes: number) {
  const headers = { 'content-type': 'application/json', 'content-length': bytes };
  const request = httpsRequest({
    ...{ port: running?.port, host: '127.0.0.1', path: PATH, method: 'POST', headers, localAddress },
    rejectUnauthorized: false,
  });
  request.on('error', () => {});
  request.flushHeaders();
  const answered = new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
  return { request, answered };
}

describe('limitBodies', () => {
  it('refuses further bodies of a source that sends many, and answers another source', async () => {
    const { agent } = await listen();
    const begun = Array.from({ length: 14 }, () => beginBody('127.0.0.2', BODY_LIMIT));
    const refused = await Promise.race(begun.map(({ answered }) => answered));
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await post(review())).status).toBe(200);
    for (const { request } of begun) request.destroy();
    agent.destroy();
  });

  it('counts no body that has arrived', async () => {
    await listen();
    const body = review({ object: { padding: ' '.repeat(1_000_000) } });
    for (let sent = 0; sent < 120; sent += 1) expect((await post(body)).status).toBe(200);
  });

  it('counts no body whose connection has ended', async () => {
    await listen();
    const begun = Array.from({ length: 14 }, () => beginBody('127.0.0.1', BODY_LIMIT));
    await Promise.race(begun.map(({ answered }) => answered));
    for (const { request } of begun) request.destroy();
    await expect.poll(async () => (await post(review())).status).toBe(200);
  });

  it('asks for a length, without which it could not count', async () => {
    const { app } = await listen();
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const answer = await app.inject({ method: 'POST', url: PATH, headers, payload: review() });
    expect([answer.statusCode, answer.json().code]).toEqual([411, 'LENGTH_MISSING']);
  });
});

describe('refusePods', () => {
  it('ends the connection of a pod before its handshake, and answers any other source', async () => {
    const { state, registry, agent } = await listen();
    state.pods.set('127.0.0.1', 'my-app/api');
    await expect(post(review())).rejects.toThrow(/ECONNRESET|before secure TLS/);
    expect(await registry.metrics()).toContain('kube_egress_admission_refused_connections_total 1');
    state.pods.clear();
    state.pods.set('127.0.0.2', 'my-app/api');
    expect((await post(review())).status).toBe(200);
    agent.destroy();
  });

  it('ends a connection that is older than what the API shows of its pod, at its next request', async () => {
    const { state, handled } = await listen();
    expect((await post(review())).status).toBe(200);
    state.pods.set('127.0.0.1', 'my-app/api');
    await expect(post(review())).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(handled).toHaveBeenCalledTimes(1);
  });
});

describe('buildServer', () => {
  it('answers 413 to more than 7 MB, which a client that still sends can read', async () => {
    const { registry } = await listen();
    const answer = await post(' '.repeat(BODY_LIMIT + 1));
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toEqual({
      code: 'BODY_TOO_LARGE',
      message: expect.stringMatching(/^[^\n]+$/),
    });
    expect(await registry.metrics()).toContain('code="BODY_TOO_LARGE"');
  });

  it('takes a new certificate without dropping a connection', async () => {
    const { app, port } = await listen();
    await post(review());
    app.server.setSecureContext(await servingPair('second'));
    expect((await post(review())).reused).toBe(true);
    expect(await peerName(port)).toBe('second');
  });

  it('drains: answers, asks for another connection, then closes', async () => {
    const { app, state } = await listen();
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
