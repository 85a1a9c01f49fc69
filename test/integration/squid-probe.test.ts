import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBE_DOMAIN, REQUEST_HEADER_BYTES } from '../../src/proxy/index.ts';
import { ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { residentMemory } from './support/squid/resident-memory.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

/** The attacker's address is no pod's that the agent knows: a namespace is limited to a third of the descriptors. */
const [client = '', attacker = ''] = PODS;
/** A small memory limit, so that Squid has the fewest descriptors, and one client may take them all. */
const MEMORY_MIB = 96;
const DESCRIPTORS = 1024;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  resources: { limits: { memory: `${MEMORY_MIB}Mi` } },
  limits: { connectionsPerClient: 2 * DESCRIPTORS },
});
const READY = { ready: true, reasons: [] };

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'client', ip: client }));
  await stage.apply(ruleSet('my-app', ['ok.example.com:80']));
  await stage.start({ zone: { 'ok.example.com': [ORIGIN] } });
});
afterAll(() => stage.close());

const asksFor = async (host: string) => (await stage.curl(client, `http://${host}/`)).stdout;

/** Opens more connections than Squid has descriptors, each with the longest head, and holds them; resolves when no more are accepted. */
async function takeDescriptors(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'support/squid/hold-process.ts');
  const options = {
    host: PROXY,
    port: PROXY_PORT,
    source: attacker,
    connections: 2 * DESCRIPTORS,
    headBytes: REQUEST_HEADER_BYTES - 1024,
  };
  const command = stage.network.inside(process.execPath, script, JSON.stringify(options));
  const flood = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(flood.stdout, 'data');
  return flood;
}

describe('GET /readyz/squid', () => {
  it('is ready while Squid serves, and counts and audits none of its requests', async () => {
    const decisions = await stage.metric('decision_seconds_count');
    for (let times = 0; times < 20; times += 1) expect(await stage.squidReadiness()).toEqual(READY);
    expect(await stage.metric('decision_seconds_count')).toBe(decisions);
    expect(await asksFor('ok.example.com')).toContain('hello from');
    await stage.audited(1, ({ target }) => target === 'ok.example.com:80');
    expect(stage.audit().filter(({ target }) => target.includes(PROBE_DOMAIN))).toEqual([]);
  });

  it('opens nothing to a pod that asks for its name, and that request is audited', async () => {
    expect(await asksFor(`x.${PROBE_DOMAIN}`)).toContain('NoMatchingRule');
    const [record] = await stage.audited(1, ({ target }) => target === `x.${PROBE_DOMAIN}:80`);
    expect(record).toMatchObject({ namespace: 'my-app', verdict: 'deny' });
  });

  it('says why while Squid has no descriptors left, which its memory limit can hold, and is ready again afterwards', async () => {
    const flood = await takeDescriptors();
    const missing = [expect.stringContaining('it may have no file descriptors left')];
    const silent = { ready: false, reasons: missing };
    await expect.poll(() => stage.squidReadiness(), { timeout: 40_000 }).toEqual(silent);
    expect(residentMemory(stage.squid.pid)).toBeLessThan(MEMORY_MIB << 20);
    flood.kill('SIGKILL');
    await expect.poll(() => stage.squidReadiness(), { timeout: 30_000 }).toEqual(READY);
  });

  it('says that Squid does not listen', async () => {
    await stage.stopSquid('SIGKILL');
    expect((await stage.squidReadiness()).reasons).toEqual([`Squid does not listen on port ${PROXY_PORT}`]);
  });
});
