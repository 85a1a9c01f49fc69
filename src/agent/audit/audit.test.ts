import { appendFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kube/index.ts';
import { accessLogFields } from '../../proxy/squid-formats.ts';
import { silentLog } from '../../telemetry/index.ts';
import { type AccessLine, parseAccessLine } from './access-line.ts';
import { AuditLog } from './audit-log.ts';
import { buildAuditRecord } from './audit-record.ts';
import { parseBytes } from './log-cap.ts';
import { PositionFile } from './position-file.ts';
import { Segments } from './segments.ts';

/** A line as Squid writes it. */
function line(fields: AccessLine): string {
  const all: Record<string, string> = { start: '1700000000.123', ...fields };
  return accessLogFields.map(({ name }) => all[name] ?? '-').join('\t');
}

const allowed: AccessLine = {
  durationMs: '12',
  source: '10.0.0.7',
  method: 'GET',
  host: 'h.example',
  port: '80',
  status: '200',
  result: 'TCP_MISS',
  hierarchy: 'HIER_DIRECT',
  serverAddress: '203.0.113.10',
  bytesFromClient: '100',
  bytesToClient: '200',
  verdict: 'allow',
  id: 'a-1',
  reason: 'RuleAllowed',
  namespace: 'my-app',
  pod: 'api',
  owner: 'Deployment%2Fapi',
  rule: 'my-app/rules#0',
  url: 'http://h.example/x?token=1',
};

describe('parseAccessLine', () => {
  it('decodes what is there', () => {
    expect(
      parseAccessLine(line({ owner: 'Deployment%2Fapi', userAgent: 'a%09b', url: 'http://h/%25' })),
    ).toEqual({
      start: '1700000000.123',
      owner: 'Deployment/api',
      userAgent: 'a\tb',
      url: 'http://h/%',
    });
  });
  it("takes the last word where Squid's own rules have added one", () => {
    const parsed = parseAccessLine(line({ verdict: 'allow,deny', reason: 'RuleAllowed,PrivateDestination' }));
    expect([parsed?.verdict, parsed?.reason]).toEqual(['deny', 'PrivateDestination']);
  });
  it('leaves a cut escape as it is', () => {
    expect(parseAccessLine(line({ url: 'http://h/%C3%' }))?.url).toBe('http://h/%C3%');
  });
  it.each(['', 'x', '!lost 3', line({ url: 'a\tb' }), line({ start: 'now' })])('%j is none', (text) => {
    expect(parseAccessLine(text)).toBeUndefined();
  });
});

describe('buildAuditRecord', () => {
  const identify = (address: string) =>
    address === '10.0.0.7' ? { namespace: 'my-app', pod: 'api' } : undefined;
  const build = (fields: AccessLine, query: 'Keep' | 'Redact' = 'Redact') => {
    const parsed = parseAccessLine(line(fields));
    return parsed && buildAuditRecord(parsed, { query, identify });
  };

  it('shows a GET', () => {
    expect(build(allowed)).toEqual({
      id: 'a-1',
      time: '2023-11-14T22:13:20.123Z',
      namespace: 'my-app',
      pod: 'api',
      owner: 'Deployment/api',
      verdict: 'allow',
      reason: 'RuleAllowed',
      rule: 'my-app/rules#0',
      client: '10.0.0.7',
      method: 'GET',
      target: 'h.example:80',
      url: 'http://h.example/x?redacted',
      resolvedIP: '203.0.113.10',
      status: 200,
      result: 'TCP_MISS',
      bytesReceived: 100,
      bytesSent: 200,
      durationMs: 12,
    });
  });
  it('keeps a query where the operator says so, and never a password', () => {
    expect(build({ ...allowed, url: 'http://u:p@h.example/x?a=1' }, 'Keep')?.url).toBe(
      'http://h.example/x?a=1',
    );
  });
  it('shows no URL of a tunnel', () => {
    expect(build({ ...allowed, method: 'CONNECT', url: 'h.example:443' })).not.toHaveProperty('url');
  });
  it('shows the target in the spelling of rules, however a client wrote it', () => {
    expect(build({ ...allowed, host: '%48.Example.' })?.target).toBe('h.example:80');
  });
  it('shows the parent, and not its address', () => {
    const record = build({ ...allowed, hierarchy: 'FIRSTUP_PARENT', upstream: 'parent' });
    expect([record?.upstream, record?.resolvedIP]).toEqual(['parent', undefined]);
  });
  it('says in observe mode what enforce would do', () => {
    expect(build({ ...allowed, wouldDeny: 'true', reason: 'NoMatchingRule' })).toMatchObject({
      verdict: 'allow',
      wouldDeny: true,
      reason: 'NoMatchingRule',
    });
  });
  it('names the client of what Squid refused by itself', () => {
    const record = build({
      source: '10.0.0.7',
      status: '400',
      result: 'TCP_DENIED',
      url: 'http://h.example/yyy',
    });
    expect(record).toMatchObject({
      pod: 'api',
      verdict: 'deny',
      reason: 'MalformedTarget',
      target: 'h.example',
    });
  });
  it('leaves out a connection without a request', () => {
    expect(build({ source: '10.0.0.7', url: 'error:transaction-end-before-headers' })).toBeUndefined();
  });
});

describe('AuditLog', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-'));
  });
  const segment = (number: number) => join(folder, `${String(number).padStart(10, '0')}.log`);
  const entry = (id: string) => `${line({ ...allowed, id })}\n`;

  /** Prints what there is and ends, as an agent that is stopped. */
  async function print(): Promise<{ ids: string[]; lost: number }> {
    const position = new PositionFile(join(folder, 'position.json'));
    const result = { ids: [] as string[], lost: 0 };
    const log = new AuditLog({
      segments: new Segments(folder),
      position,
      print: async (text) => {
        for (const printed of text.trimEnd().split('\n')) result.ids.push(JSON.parse(printed).id);
      },
      record: () => ({ query: 'Redact', identify: () => undefined }),
      clock: systemClock,
      log: silentLog,
      onPrinted: () => {},
      onLost: (lines) => {
        result.lost += lines;
      },
    });
    await log.run(AbortSignal.abort());
    position.close();
    return result;
  }
  const segments = () => readdirSync(folder).filter((name) => name.endsWith('.log'));

  it('prints each line once, across restarts, and deletes whole segments', async () => {
    writeFileSync(segment(1), entry('1') + entry('2'));
    writeFileSync(segment(2), entry('3'));
    expect((await print()).ids).toEqual(['1', '2', '3']);
    expect(segments()).toEqual(['0000000002.log']);
    appendFileSync(segment(2), entry('4'));
    expect((await print()).ids).toEqual(['4']);
    expect((await print()).ids).toEqual([]);
  });

  it('leaves a line that is being written for later', async () => {
    const [start, end] = [entry('1').slice(0, 20), entry('1').slice(20)];
    writeFileSync(segment(1), start);
    expect((await print()).ids).toEqual([]);
    appendFileSync(segment(1), end);
    expect((await print()).ids).toEqual(['1']);
  });

  it('counts what is missing: records of loss, torn ends, lines that cannot be read', async () => {
    writeFileSync(segment(1), `${entry('1')}!lost 40\nrubbish\n${entry('2').slice(0, 9)}`);
    writeFileSync(segment(2), entry('3'));
    expect(await print()).toEqual({ ids: ['1', '3'], lost: 42 });
  });

  it('begins with the oldest segment where its position is gone', async () => {
    writeFileSync(segment(7), entry('1'));
    writeFileSync(join(folder, 'position.json'), 'rubbish');
    expect((await print()).ids).toEqual(['1']);
  });

  it('reads more than one chunk', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => entry(String(index)));
    writeFileSync(segment(1), many.join(''));
    expect((await print()).ids).toHaveLength(2000);
  });
});

describe('parseBytes', () => {
  it.each([
    ['64Mi', 67_108_864],
    ['1G', 1e9],
    ['512', 512],
    ['1.5Gi', undefined],
    ['x', undefined],
  ])('%s', (quantity, bytes) => {
    expect(parseBytes(quantity)).toBe(bytes);
  });
});
