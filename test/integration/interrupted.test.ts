import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/api/index.ts';
import { ORIGIN, PODS } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  drainSeconds: 1,
});

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(ruleSet('my-app', ['ssd.jpl.nasa.gov:443', 'ok.example.com:80']));
  await stage.start();
  await stage.setZone({ 'ssd.jpl.nasa.gov': [ORIGIN], 'ok.example.com': [ORIGIN] });
}, 120_000);
afterAll(() => stage.close());

const TUNNEL = ['-p', 'http://ssd.jpl.nasa.gov:443/slow?delay=300000'];
/** Its body comes from stdin, which stays open: chunked, without an end. */
const POST = ['-X', 'POST', '-T', '-', 'http://ok.example.com/upload?delay=300000'];

/** A record of how a request of the tests ended. The stage itself asks for a refused name when Squid starts. */
const isEnd = ({ pod, phase, target }: AuditRecord): boolean =>
  pod === 'api' && phase !== 'open' && target !== 'not.allowed.example:80';
const ends = () => stage.audit().filter(isEnd);
const shown = ({ method, target, phase }: AuditRecord) => `${method} ${target} ${phase ?? 'ended'}`;

/** Opens a tunnel and a chunked POST, and ends a request. Resolves when the servers outside have seen all of them. */
async function openRequests(): Promise<void> {
  const before = ends().length;
  await stage.arrivals();
  void stage.curl(api, ...TUNNEL);
  void stage.curl(api, ...POST);
  await stage.curl(api, 'http://ok.example.com/short');
  const seen: unknown[] = [];
  await expect
    .poll(async () => seen.push(...(await stage.arrivals())), { timeout: 30_000, interval: 100 })
    .toBeGreaterThanOrEqual(3);
  await stage.audited(before + 1, isEnd);
}

async function expectOneEndEach(before: number): Promise<void> {
  const records = (await stage.audited(before + 3, isEnd)).slice(before);
  expect(records.map(shown).sort()).toEqual([
    'CONNECT ssd.jpl.nasa.gov:443 interrupted',
    'GET ok.example.com:80 ended',
    'POST ok.example.com:80 interrupted',
  ]);
  for (const record of records.filter(({ phase }) => phase !== undefined)) {
    expect(record).toMatchObject({ namespace: 'my-app', verdict: 'allow', client: api });
    expect(record.rule).toMatch(/^my-app\/rules#[01]$/);
  }
}

/** Nothing more is printed by another request and its audit line. */
async function expectNoMore(): Promise<void> {
  const before = ends().length;
  await stage.curl(api, 'http://ok.example.com/after');
  await stage.audited(before + 1, isEnd);
  expect(ends()).toHaveLength(before + 1);
  expect(ends().at(-1)).toMatchObject({ method: 'GET', status: 200 });
  const ids = ends().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
}

describe('requests under way when Squid is killed', () => {
  test('have one record each after Squid has started again', async () => {
    const before = ends().length;
    await openRequests();
    await stage.stopSquid('SIGKILL');
    await stage.startSquid();
    await expectOneEndEach(before);
    await expectNoMore();
  });

  test('have one record each although the agent was killed too', async () => {
    const before = ends().length;
    await openRequests();
    // The agent writes what is open within two seconds.
    await expect.poll(() => stage.savedOpenRequests(), { timeout: 30_000, interval: 100 }).toBe(2);
    await stage.killAgent('SIGKILL');
    await stage.stopSquid('SIGKILL');
    await stage.startAgent();
    await stage.startSquid();
    await expectOneEndEach(before);
    await expectNoMore();
  });

  test('have one record each when the agent came back before', async () => {
    const before = ends().length;
    await openRequests();
    await expect.poll(() => stage.savedOpenRequests(), { timeout: 30_000, interval: 100 }).toBe(2);
    await stage.killAgent('SIGKILL');
    await stage.startAgent();
    await stage.stopSquid('SIGKILL');
    await stage.startSquid();
    await expectOneEndEach(before);
    await expectNoMore();
  });

  test('have one record each when the agent ends after Squid, as in a pod that is deleted', async () => {
    const before = ends().length;
    await openRequests();
    await stage.stopSquid('SIGKILL');
    await stage.killAgent('SIGTERM');
    await expectOneEndEach(before);
    await stage.startAgent();
    await stage.startSquid();
    await expectNoMore();
  });

  test('have one record each when the log relay is killed, with the request that Squid could not log', async () => {
    const before = ends().length;
    await openRequests();
    const ended = stage.squid.killLogRelay();
    // Squid notices it with the next line.
    await stage.curl(api, 'http://ok.example.com/unlogged');
    await ended;
    await stage.startSquid();
    const records = (await stage.audited(before + 4, isEnd)).slice(before);
    expect(records.map(shown).sort()).toEqual([
      'CONNECT ssd.jpl.nasa.gov:443 interrupted',
      'GET ok.example.com:80 ended',
      'GET ok.example.com:80 interrupted',
      'POST ok.example.com:80 interrupted',
    ]);
    await expectNoMore();
  });

  test('have one record each although the relay that carries the ACL requests was killed before', async () => {
    const before = ends().length;
    await openRequests();
    await stage.squid.killAclRelay();
    expect(ends()).toHaveLength(before + 1);
    await stage.stopSquid('SIGKILL');
    await stage.startSquid();
    await expectOneEndEach(before);
    await expectNoMore();
  });

  test('have no such record when only the agent is killed, and continue', async () => {
    const before = ends().length;
    const open = stage.curl(api, '-p', 'http://ssd.jpl.nasa.gov:443/slow?delay=6000');
    await expect.poll(() => stage.savedOpenRequests(), { timeout: 30_000, interval: 100 }).toBe(1);
    await stage.killAgent('SIGKILL');
    await stage.startAgent();
    expect((await open).stdout).toContain('hello');
    const [record] = (await stage.audited(before + 1, isEnd)).slice(before);
    expect(record).toMatchObject({ method: 'CONNECT', status: 200 });
    await expectNoMore();
  });
});
