import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REQUEST_HEADER_BYTES } from '../../src/proxy/index.ts';
import { ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const CONNECTIONS = 200;
const [attacker = '', victim = ''] = PODS;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  limits: { connectionsPerClient: CONNECTIONS },
});
const floods: ChildProcess[] = [];

beforeAll(async () => {
  const labels = { 'egress.zalando.org/mode': 'enforce' };
  await stage.apply({ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'my-app', labels } });
  for (const [name, ip] of Object.entries({ attacker, victim })) {
    await stage.apply({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { namespace: 'my-app', name, labels: {} },
      ...{ spec: { containers: [] }, status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] } },
    });
  }
  await stage.apply({
    kind: 'EgressRuleSet',
    metadata: { namespace: 'my-app', name: 'rules' },
    ...{ spec: { targets: ['ok.example.com:80'] } },
  });
  await stage.start();
  await stage.setZone({ 'ok.example.com': [ORIGIN] });
});
afterEach(() => {
  for (const flood of floods.splice(0)) flood.kill('SIGKILL');
});
afterAll(() => stage.close());

/** Begins requests in the attacker's pod that never end; resolves with how many connections Squid has left open. */
async function flood(connections: number, headBytes: number): Promise<number> {
  const options = { host: PROXY, port: PROXY_PORT, source: attacker, connections, headBytes };
  const script = join(import.meta.dirname, 'support/squid/hold-process.ts');
  const command = stage.network.inside(process.execPath, script, JSON.stringify(options));
  const child = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  floods.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

async function request(source: string): Promise<string> {
  const { stdout, stderr } = await stage.curl(source, 'http://ok.example.com/path');
  return stdout || stderr;
}

/** Resident memory of Squid in bytes. */
function memoryOfSquid(): number {
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${stage.squid.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

describe('a client that begins requests and never ends them', () => {
  it('keeps as many connections as the limit allows, and others are served', async () => {
    expect(await flood(5 * CONNECTIONS, 0)).toBe(CONNECTIONS);
    expect(await request(victim)).toContain(`hello from ${ORIGIN}`);
    expect(await request(attacker)).not.toContain('hello from');
  });

  it('is served again when they have ended', async () => {
    await expect.poll(() => request(attacker), { timeout: 20_000 }).toContain(`hello from ${ORIGIN}`);
  });

  it('costs no more memory than the heads that the limit allows', async () => {
    const before = memoryOfSquid();
    await flood(CONNECTIONS, REQUEST_HEADER_BYTES - 1024);
    expect(memoryOfSquid() - before).toBeLessThan(2 * CONNECTIONS * REQUEST_HEADER_BYTES);
  });

  it('gets an answer to a head that is larger', async () => {
    const filling = `X-Filling: ${'x'.repeat(REQUEST_HEADER_BYTES)}`;
    const { stdout } = await stage.curl(
      victim,
      '-w',
      '%{http_code}',
      '-o',
      '/dev/null',
      '-H',
      filling,
      'http://ok.example.com/',
    );
    expect(stdout).toBe('431');
  });
});
