import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  closeRevoked: true,
});
const targets = ['ok.example.com:80', 'ok.example.com:8080'];
const client = join(import.meta.dirname, 'support/squid/websocket-process.ts');
const main = resolve(import.meta.dirname, '../../src/main.ts');
const processes: ChildProcessWithoutNullStreams[] = [];

function run(...command: string[]): ChildProcessWithoutNullStreams {
  const child = spawn('nsenter', stage.network.inside(process.execPath, ...command));
  processes.push(child);
  return child;
}

/** A WebSocket, or the attempt at one: its process, and the text that it has printed. */
class Attempt {
  readonly child: ChildProcessWithoutNullStreams;
  readonly closed: Promise<unknown>;
  text = '';

  constructor(url: string, protocol = 'websocket') {
    this.child = run(client, JSON.stringify({ host: PROXY, port: PROXY_PORT, source: api, url, protocol }));
    this.closed = once(this.child, 'close');
    this.child.stdout.on('data', (chunk) => {
      this.text += chunk;
    });
  }

  async shows(text: RegExp): Promise<void> {
    await expect.poll(() => this.text, { timeout: 30_000 }).toMatch(text);
  }
}

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(ruleSet('my-app', targets));
  await stage.start();
  await stage.setZone({ 'ok.example.com': [ORIGIN], 'denied.example.com': [ORIGIN] });
  const socket = join(stage.folder, 'closer.sock');
  run(main, 'closer', `--socket-path=${socket}`, `--proxy-port=${PROXY_PORT}`);
  while (!existsSync(socket)) await sleep(20);
  // In a pod agent and closer share a group.
  chmodSync(socket, 0o666);
});
afterAll(async () => {
  for (const child of processes) child.kill();
  await stage.close();
});

describe('a WebSocket by GET', () => {
  it.each(['websocket', 'WebSocket'])('is opened to an allowed target as Upgrade: %s', async (protocol) => {
    const attempt = new Attempt(`http://ok.example.com/${protocol}`, protocol);
    await attempt.shows(/^101$/m);
    attempt.child.stdin.write('there and back');
    await attempt.shows(/there and back/);
    attempt.child.kill();
    const [record] = await stage.audited(1, ({ url }) => url?.endsWith(`/${protocol}`) ?? false);
    expect(record).toMatchObject({
      namespace: 'my-app',
      pod: 'api',
      method: 'GET',
      target: 'ok.example.com:80',
      verdict: 'allow',
      resolvedIP: ORIGIN,
      status: 101,
      result: 'TCP_TUNNEL',
      // What went through the tunnel; the head of the answer is not counted.
      bytesSent: 14,
    });
  });

  it('is refused to another target', async () => {
    const attempt = new Attempt('http://denied.example.com/refused');
    await attempt.shows(/^403$/m);
    await attempt.shows(/NoMatchingRule/);
  });

  it('is answered as any request by a server that knows no WebSocket', async () => {
    const attempt = new Attempt('http://ok.example.com:8080/plain');
    await attempt.shows(/^200\nhello from/m);
  });

  it('does not carry another protocol, in which each request names its own host', async () => {
    const attempt = new Attempt('http://ok.example.com/h2c', 'h2c');
    await attempt.shows(/^200\nhello from/m);
    const arrived = (await stage.arrivals()).find(({ path }) => path === '/h2c');
    expect(arrived?.headers).toContain('host');
    expect(arrived?.headers).not.toContain('upgrade');
  });

  it('ends with its rule, as a tunnel does with closeRevoked', async () => {
    const attempt = new Attempt('http://ok.example.com/revoked');
    await attempt.shows(/^101$/m);
    await stage.apply(ruleSet('my-app', ['other.example.com:80']));
    await attempt.closed;
    const [record] = await stage.audited(1, ({ url }) => url?.endsWith('/revoked') ?? false);
    expect(record).toMatchObject({ status: 101, result: 'TCP_TUNNEL' });
    await stage.apply(ruleSet('my-app', targets));
  });

  it('ends with its namespace, when that is blocked', async () => {
    const attempt = new Attempt('http://ok.example.com/blocked');
    await attempt.shows(/^101$/m);
    const { metadata, ...namespace } = enforcedNamespace('my-app');
    await stage.apply({
      ...namespace,
      metadata: { ...metadata, labels: { ...metadata.labels, 'egress.zalando.org/mode': 'blocked' } },
    });
    await attempt.closed;
    await stage.apply(enforcedNamespace('my-app'));
  });
});
