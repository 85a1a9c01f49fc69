import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditRecord } from '../../src/api/index.ts';
import { ORIGIN, PODS } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
/** Squid writes its own logs beside ours. */
const stage = new SquidStage(
  {
    privateDestinations: 'Allow',
    privateCIDRs: ['203.0.113.0/24'],
    limits: { requestsPerSecond: 100_000 },
    accessLog: { query: 'Keep' },
    drainSeconds: 1,
  },
  {
    extraConf: [
      'access_log stdio:{folder}/run/own-squid.log squid',
      'access_log stdio:{folder}/run/own-combined.log combined',
    ].join('\n'),
  },
);

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(
    ruleSet('my-app', [
      'ssd.jpl.nasa.gov:443',
      'ok.example.com:80',
      'ok.example.com:9',
      'gone.example.com:80',
    ]),
  );
  await stage.start();
  await stage.setZone({
    'ssd.jpl.nasa.gov': [ORIGIN],
    'ok.example.com': [ORIGIN],
    'gone.example.com': [ORIGIN],
  });
});
afterAll(() => stage.close());

/** Whole ones: the last may be being written. */
const lines = (name: string) =>
  readFileSync(join(stage.folder, 'run', name), 'utf8')
    .split('\n')
    .slice(0, -1);

/** One of each kind that a log can show: seven lines. */
async function requests(): Promise<void> {
  await stage.curl(api, '-p', 'http://ssd.jpl.nasa.gov:443/api/horizons.api');
  await stage.curl(
    api,
    '-A',
    'Test-Client/1.0',
    '-e',
    'http://from.example/a',
    'http://ok.example.com/a?b=c&d',
  );
  await stage.curl(api, '-X', 'POST', '-d', 'x=1', 'http://ok.example.com/upload');
  await stage.curl(api, 'http://no.example.com/refused');
  await stage.curl(api, '-p', 'https://no.example.com/');
  // Gone long before it is answered, and not before it is asked.
  await stage.curl(api, '-m', '3', 'http://ok.example.com/slow?delay=60000');
  await stage.curl(api, 'http://gone.example.com:81/');
}

describe('accessLog.format', () => {
  it.each(['combined', 'squid'] as const)('%s: the lines that Squid itself writes', async (format) => {
    await stage.killAgent('SIGKILL');
    await stage.startAgent({ accessLog: format });
    const own = () => lines(`own-${format}.log`);
    const before = own().length;
    await requests();
    await expect.poll(() => own().length, { timeout: 20_000 }).toBe(before + 7);
    const ours = () => lines(`files-${format}/squid-0.log`).slice(-7);
    await expect.poll(ours, { timeout: 20_000 }).toEqual(own().slice(-7));
  });

  it('combined: a client cannot break a line, as it can in Squid’s own', async () => {
    await stage.killAgent('SIGKILL');
    await stage.startAgent({ accessLog: 'combined' });
    await stage.curl(api, '-A', 'with "quotes" \\ and\ttab', 'http://ok.example.com/%20%22b%C3%BC');
    const last = () => lines('files-combined/squid-0.log').at(-1);
    await expect.poll(last, { timeout: 20_000 }).toContain('"with %22quotes%22 %5C and%09tab" TCP_MISS');
    expect(lines('own-combined.log').at(-1)).toContain('"with "quotes" \\ and\ttab" TCP_MISS');
  });
});

describe('a log collector that stands still', () => {
  it('holds up no request; what exceeds maxSize is counted, and said where it is missing', async () => {
    await stage.apply({
      ...stage.proxy,
      ...{ spec: { ...stage.proxy.spec, accessLog: { maxSize: '128Ki' } } },
    });
    const isStall = ({ target }: { target: string }) => target === 'ok.example.com:9';
    stage.output.signal('SIGSTOP');
    const report = await stage.load({
      kind: 'CONNECT',
      targets: ['ok.example.com:9'],
      sources: [api],
      requests: 2000,
      concurrency: 16,
    });
    expect(report.outcomes).toEqual({ 200: 2000 });
    stage.output.signal('SIGCONT');
    await stage.apply(stage.proxy);
    const said = () =>
      [...stage.agent.log().matchAll(/"lost":(\d+),.*audit lines are missing here/g)].reduce(
        (sum, [, lost]) => sum + Number(lost),
        0,
      );
    await expect.poll(() => stage.audit().filter(isStall).length + said(), { timeout: 30_000 }).toBe(2000);
    expect(said()).toBeGreaterThan(0);
  });
});

describe('the audit log', () => {
  it('has each request of a load exactly once, by the schema', async () => {
    const report = await stage.load({
      kind: 'GET',
      targets: ['ok.example.com:80', 'no.example.com:80'],
      sources: [api],
      requests: 10_000,
      concurrency: 24,
    });
    const isLoad = ({ url }: { url?: string }) => url?.includes('/load/') ?? false;
    const records = await stage.audited(10_000, isLoad);
    process.stdout.write(
      `${Math.round(10_000 / report.seconds)} requests a second, ${records.length} audit lines\n`,
    );
    expect(report.outcomes).toEqual({ 200: 5000, 403: 5000 });
    expect(records).toHaveLength(10_000);
    expect(new Set(records.map(({ id }) => id)).size).toBe(10_000);
    expect(new Set(records.map(({ url }) => url)).size).toBe(10_000);
    const schema = Compile(AuditRecord);
    expect(stage.audit().filter((record) => !schema.Check(record))).toEqual([]);
    // As many requests take a minute where others work, too.
  }, 180_000);
});
