import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Log, silentLog } from '../../telemetry/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import type { AclHandler } from '../squid-acl/index.ts';
import { SquidProbe } from './squid-probe.ts';

const LONG = 60_000;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const handler: AclHandler = { answer: vi.fn(() => '1 OK from=decider'), reused: vi.fn() };
const aclLine = (source: string, host: string) => `7 ${source} 40000 GET http ${host} 80 -`;

/** A Squid that asks the probe about each request as `serve` says. */
async function setUp(
  serve: (probe: SquidProbe) => RequestListener,
  timeoutMs = LONG,
  log: Log = silentLog,
): Promise<{ probe: SquidProbe; names: string[]; port: number; clock: FakeClock }> {
  const names: string[] = [];
  const clock = new FakeClock();
  const server = createServer((request, response) => {
    names.push(request.headers.host ?? '');
    serve(probe)(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const probe = new SquidProbe({ handler, port: () => port, clock, log, timeoutMs });
  return { probe, names, port, clock };
}

/** What Squid does with a refusal. */
const refuses =
  (source = '127.0.0.1') =>
  (probe: SquidProbe): RequestListener =>
  async (request, response) => {
    const answer = (await probe.answer(aclLine(source, request.headers.host ?? ''))) ?? '';
    const [, decision = ''] = /decision_=(\S+)/.exec(answer) ?? [];
    response.writeHead(403, decision === '' ? {} : { 'x-egress-decision': decision }).end('refused');
  };

describe('SquidProbe', () => {
  it('is ready when Squid asked about its request and sent the answer', async () => {
    const { probe } = await setUp(refuses());
    expect(await probe.check()).toEqual({ ready: true, reasons: [] });
    expect(handler.answer).not.toHaveBeenCalled();
  });

  it('uses another name each time, and one request for callers at the same time', async () => {
    const { probe, names } = await setUp(refuses());
    await Promise.all([probe.check(), probe.check()]);
    await probe.check();
    expect(new Set(names).size).toBe(2);
    expect(names).toHaveLength(2);
  });

  it.each<[string, (probe: SquidProbe) => RequestListener, number, string]>([
    [
      'answers by itself',
      () => (_, response) => response.writeHead(403).end(),
      LONG,
      'Squid answered 403 without the agent',
    ],
    [
      'closes the connection',
      () => (request) => request.socket.destroy(),
      LONG,
      'Squid ended the connection',
    ],
    ['is silent', () => () => {}, 20, 'does not ask the agent'],
    [
      'asks and is silent',
      (probe) => (request) => void probe.answer(aclLine('127.0.0.1', request.headers.host ?? '')),
      500,
      'does not answer them',
    ],
    ['asks for a client that is not the agent', refuses('10.244.1.1'), LONG, 'without the agent'],
  ])('is not ready if Squid %s', async (_, serve, timeoutMs, reason) => {
    const { probe } = await setUp(serve, timeoutMs);
    const { ready, reasons } = await probe.check();
    expect(ready).toBe(false);
    expect(reasons).toEqual([expect.stringContaining(reason)]);
  });

  it('stays ready for a while when Squid is slow, and no longer', async () => {
    let answers = true;
    const slow = (probe: SquidProbe): RequestListener => {
      const refuse = refuses()(probe);
      return (request, response) => answers && refuse(request, response);
    };
    const { probe, clock } = await setUp(slow, 1000);
    expect((await probe.check()).ready).toBe(true);
    answers = false;
    await clock.advance(14_000);
    expect((await probe.check()).ready).toBe(true);
    await clock.advance(1000);
    expect((await probe.check()).ready).toBe(false);
  });

  it('is not ready if nothing listens', async () => {
    const { probe, port } = await setUp(refuses());
    servers.pop()?.close();
    expect((await probe.check()).reasons).toEqual([`Squid does not listen on port ${port}`]);
  });

  it('logs why Squid is not ready and that it is again, once each', async () => {
    const lines: string[] = [];
    const log: Log = {
      ...silentLog,
      info: (_, message) => lines.push(message),
      warn: (fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`),
    };
    let isRefusing = false;
    const serve = (probe: SquidProbe): RequestListener => {
      const refuse = refuses()(probe);
      return (request, response) => (isRefusing ? refuse(request, response) : response.writeHead(403).end());
    };
    const { probe } = await setUp(serve, LONG, log);
    await probe.check();
    await probe.check();
    isRefusing = true;
    await probe.check();
    await probe.check();
    expect(lines).toEqual([
      expect.stringMatching(/^Squid is not ready.*answered 403 without the agent/),
      'Squid is ready',
    ]);
  });

  it('leaves every other request to the decider, also for names of the probe', async () => {
    const { probe, names } = await setUp(refuses());
    await probe.check();
    for (const host of [names[0] ?? '', 'probe.kube-egress.invalid', 'ok.example.com']) {
      expect(probe.answer(aclLine('127.0.0.1', host))).toBe('1 OK from=decider');
      expect(probe.answer(aclLine('10.244.1.1', host))).toBe('1 OK from=decider');
    }
  });
});
