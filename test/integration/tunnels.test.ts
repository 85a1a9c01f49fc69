import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNTER_PORT, ORIGIN, PODS, PROXY, PROXY_PORT, SILENT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
const silent = [1, 2].map((host) => SILENT.replace('0/24', String(host)));
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24', SILENT],
  tlsServerName: 'Enforce',
  tlsPorts: [9, COUNTER_PORT],
  tcpTargets: ['plain.example.com:9', `plain.example.com:${COUNTER_PORT}`],
  // Less than the schema permits, so that the test need not wait for a minute.
  idleSeconds: 3,
});

/** Opens a tunnel from its first argument's address to its second, writes its third, ends its side, prints what comes. */
const HALF_CLOSED = `
const [source, target, text] = process.argv.slice(1);
const socket = require('node:net').connect({
  host: '${PROXY}', port: ${PROXY_PORT}, localAddress: source, allowHalfOpen: true,
});
socket.write('CONNECT ' + target + ' HTTP/1.1\\r\\nHost: ' + target + '\\r\\n\\r\\n');
socket.once('data', () => (text === '' ? undefined : socket.end(text)));
socket.on('end', () => socket.end());
socket.pipe(process.stdout);`;

async function throughTunnel(target: string, text: string): Promise<string> {
  const command = stage.network.inside(process.execPath, '-e', HALF_CLOSED, api, target, text);
  const child = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await once(child, 'close');
  return printed;
}

/** What Squid's only nameserver answers now. */
async function dnsOrder(name: string): Promise<string[]> {
  const script = `
    const resolver = new (require('node:dns').promises.Resolver)();
    resolver.setServers(['127.0.0.1']);
    resolver.resolve4('${name}').then((found) => console.log(found.join(' ')));`;
  const child = spawn('nsenter', stage.network.inside(process.execPath, '-e', script));
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await once(child, 'close');
  return printed.trim().split(' ');
}

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(
    ruleSet('my-app', [
      'ok.example.com:80',
      'ok.example.com:9',
      'plain.example.com:9',
      `plain.example.com:${COUNTER_PORT}`,
      `ok.example.com:${COUNTER_PORT}`,
      'partly.example.com:80',
    ]),
  );
  await stage.start();
  stage.network.addSilentRange(SILENT);
  await stage.setZone({
    'ok.example.com': [ORIGIN],
    'plain.example.com': [ORIGIN],
    'partly.example.com': [...silent, ORIGIN],
  });
});
afterAll(() => stage.close());

describe('a tunnel', () => {
  it.each([
    ['through the gate', 'ok.example.com:9', 1],
    ['through the gate that compares nothing', 'plain.example.com:9', 0],
    ['without it', 'ok.example.com:80', 0],
  ])('ends after the idle limit of its EgressProxy, %s', async (_, name, gated) => {
    const passed = async () => (await stage.agent.ask('metrics')) as string;
    const count = async () =>
      Number(/server_names_total\{outcome="passed",reason=""\} (\d+)/.exec(await passed())?.[1] ?? 0);
    const before = await count();
    expect(await throughTunnel(name, '')).toMatch(/^HTTP\/1.1 200 /);
    const [record] = await stage.audited(1, ({ target }) => target === name);
    expect(record).toMatchObject({ method: 'CONNECT', result: 'TCP_TUNNEL', status: 200 });
    expect(await count()).toBe(before + gated);
  });

  it('with a half-close gets the answer', async () => {
    const printed = await throughTunnel(`plain.example.com:${COUNTER_PORT}`, 'x'.repeat(1000));
    expect(printed).toMatch(/\r\n\r\ncounted 1000\n$/);
    // The operator does not say that this one is no TLS.
    expect(await throughTunnel(`ok.example.com:${COUNTER_PORT}`, 'x')).not.toContain('counted');
  });
});

describe('addresses that do not answer', () => {
  it('are the last ones that Squid tries, as soon as one request has waited for them', async () => {
    const { stdout } = await stage.curl(api, 'http://partly.example.com/first');
    expect(stdout).toBe(`hello from ${ORIGIN} /first\n`);
    await expect.poll(() => dnsOrder('partly.example.com'), { timeout: 30_000 }).toEqual([ORIGIN, ...silent]);
    const [record] = await stage.audited(1, ({ url }) => url?.endsWith('/first') ?? false);
    expect(record).toMatchObject({ verdict: 'allow', resolvedIP: ORIGIN, status: 200 });
  }, 90_000);
});
