import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../api/index.ts';
import { accessLogFields } from '../../proxy/squid-formats.ts';
import { silentLog } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import type { GateReport } from '../gate/index.ts';
import { OpenRequests, openRecord } from '../open-requests/index.ts';
import { type AccessLine, parseAccessLine } from './access-line.ts';
import { AccessLog } from './access-log.ts';
import { AuditLog } from './audit-log.ts';
import { buildAuditLine, buildAuditRecord } from './audit-record.ts';
import { LogFile } from './log-file.ts';
import { logFormats } from './log-formats.ts';
import { type Checkpoint, PositionFile } from './position-file.ts';
import { RotatingFile } from './rotating-file.ts';
import { Segments } from './segments.ts';

/** A line of Squid's access log. */
function line(fields: AccessLine): string {
  const all: Record<string, string | undefined> = { start: '1700000000.123', ...fields };
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
  it('decodes the fields that have a value', () => {
    const parsed = parseAccessLine(
      line({ owner: 'Deployment%2Fapi', userAgent: 'a%09b', url: 'http://h/%25', host: '' }),
    );
    expect(Object.fromEntries(accessLogFields.map(({ name }) => [name, parsed?.[name]]))).toEqual({
      start: '1700000000.123',
      owner: 'Deployment/api',
      userAgent: 'a\tb',
      url: 'http://h/%',
    });
  });
  it("takes the last word if Squid's own rules have added one", () => {
    const parsed = parseAccessLine(line({ verdict: 'allow,deny', reason: 'RuleAllowed,PrivateDestination' }));
    expect([parsed?.verdict, parsed?.reason]).toEqual(['deny', 'PrivateDestination']);
  });
  it('leaves a cut escape encoded', () => {
    expect(parseAccessLine(line({ url: 'http://h/%C3%' }))?.url).toBe('http://h/%C3%');
  });
  it.each(['', 'x', '!lost 3', line({ url: 'a\tb' }), line({ start: 'now' })])(
    '%j is not a line of our format',
    (text) => {
      expect(parseAccessLine(text)).toBeUndefined();
    },
  );
});

describe('buildAuditRecord', () => {
  const identify = (address: string) =>
    address === '10.0.0.7' ? { namespace: 'my-app', pod: 'api' } : undefined;
  const build = (fields: AccessLine, query: 'Keep' | 'Redact' = 'Redact') => {
    const parsed = parseAccessLine(line(fields));
    return parsed && buildAuditRecord(parsed, { query, identify, gateReport: () => undefined });
  };

  it.each([
    ['bytes that are UTF-8', 'allowed.example.com%EF%BC%8E'],
    ['bytes and an escape, together UTF-8', 'allowed.example.com%EF%BC%258e'],
    ['an escape', 'allowed%252eexample.com'],
  ])('names the target of a host with %s as the decision about it did', (_, host) => {
    expect(build({ host, port: '80' })?.target).toBe('allowed.example.com:80');
  });

  it('describes a GET', () => {
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
  it('keeps a query if the operator wants it, and never a password', () => {
    expect(build({ ...allowed, url: 'http://u:p@h.example/x?a=1' }, 'Keep')?.url).toBe(
      'http://h.example/x?a=1',
    );
  });
  it('leaves out the URL of a tunnel', () => {
    expect(build({ ...allowed, method: 'CONNECT', url: 'h.example:443' })?.url).toBeUndefined();
  });
  it('spells the target as rules do, however the client wrote it', () => {
    expect(build({ ...allowed, host: '%48.Example.' })?.target).toBe('h.example:80');
  });
  it('says what the gate found in the tunnel of an allow, and whether it ended it', () => {
    const tunnel: AccessLine = {
      ...allowed,
      method: 'CONNECT',
      hierarchy: 'FIRSTUP_PARENT',
      serverAddress: '127.0.0.1',
    };
    const gated = (report: Partial<GateReport>, fields: AccessLine = {}) => {
      const parsed = parseAccessLine(line({ ...tunnel, ...fields })) ?? expect.fail();
      const found = {
        id: 'a-1',
        address: '203.0.113.11',
        outcome: 'passed' as const,
        fault: undefined,
        sni: 'h.example',
        ...report,
      };
      const gateReport = (id: string) => (id === 'a-1' ? found : undefined);
      const { verdict, wouldDeny, reason, rule, sni, tlsFault, resolvedIP } =
        buildAuditRecord(parsed, { query: 'Redact', identify, gateReport }) ?? expect.fail();
      return { verdict, wouldDeny, reason, rule, sni, tlsFault, resolvedIP };
    };
    const known = { verdict: 'allow', rule: 'my-app/rules#0', resolvedIP: '203.0.113.11' };
    expect(gated({})).toEqual({ ...known, reason: 'RuleAllowed', sni: 'h.example' });
    const other = { fault: 'ServerNameMismatch', sni: 'o.example' } as const;
    const fault = 'ServerNameMismatch';
    const found = { ...known, reason: fault, sni: 'o.example', tlsFault: fault };
    expect(gated(other)).toEqual({ ...found, wouldDeny: true });
    expect(gated({ ...other, outcome: 'ended' })).toEqual({ ...found, verdict: 'deny' });
    // What the rules would deny comes first, and does not hide the fault.
    const withoutRule = { wouldDeny: 'true', reason: 'NoMatchingRule' };
    expect(gated(other, withoutRule)).toEqual({ ...found, wouldDeny: true, reason: 'NoMatchingRule' });
  });
  it('names the parent, and not its address', () => {
    const record = build({ ...allowed, hierarchy: 'FIRSTUP_PARENT', upstream: 'parent' });
    expect([record?.upstream, record?.resolvedIP]).toEqual(['parent', undefined]);
  });
  it('records in observe mode what enforce would do', () => {
    expect(build({ ...allowed, wouldDeny: 'true', reason: 'NoMatchingRule' })).toMatchObject({
      verdict: 'allow',
      wouldDeny: true,
      reason: 'NoMatchingRule',
    });
  });
  it('names the client of a request that Squid denied itself', () => {
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
  it('gives each line an id, even without a decision, and the same one each time', () => {
    const refused: AccessLine = { source: '10.0.0.7', sourcePort: '4711', status: '400', url: 'h' };
    const id = build(refused)?.id;
    expect(id).toMatch(/^line-[0-9a-f]{12}$/);
    expect(build(refused)?.id).toBe(id);
    expect(build({ ...refused, sourcePort: '4712' })?.id).not.toBe(id);
  });
  it('leaves out a connection without a request', () => {
    expect(build({ source: '10.0.0.7', url: 'error:transaction-end-before-headers' })).toBeUndefined();
  });
});

describe('buildAuditLine', () => {
  const undecided = (fields: AccessLine) => {
    const parsed = parseAccessLine(
      line({ ...allowed, sourcePort: '4711', end: '1700000000.129', ...fields }),
    );
    const options = { query: 'Redact' as const, identify: () => undefined, gateReport: () => undefined };
    return parsed && buildAuditLine(parsed, options)?.undecided;
  };
  const ended = { port: 4711, time: 1_700_000_000_129 };

  it.each<[string, AccessLine, typeof ended | undefined]>([
    ['an allow', {}, undefined],
    ['a deny', { verdict: 'deny', reason: 'NoMatchingRule' }, undefined],
    ['a client that left before the decision', { verdict: undefined, id: undefined }, ended],
    ['a relay that gave up', { verdict: 'deny', id: 'run-r1', reason: 'AgentUnavailable' }, ended],
  ])('says of %s whether Squid had the decision', (_, fields, expected) => {
    expect(undecided(fields)).toEqual(expected);
  });
});

describe('AccessLog', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-'));
  });
  const segment = (number: number) => join(folder, `${String(number).padStart(10, '0')}.log`);
  const entry = (id: string) => `${line({ ...allowed, id })}\n`;
  const audit = () => join(folder, 'audit.jsonl');
  const position = (name = 'audit') => join(folder, `${name}-position.json`);
  const writePosition = (checkpoint: Checkpoint, name?: string) => {
    const file = new PositionFile(position(name), () => expect.fail());
    file.advance(checkpoint);
    file.close();
  };
  const idsIn = (path: string) =>
    existsSync(path) ? [...readFileSync(path, 'utf8').matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id) : [];
  const ids = () => idsIn(audit());

  /** Prints all lines and ends, as an agent that is stopped. */
  async function run({
    fileSize = 1 << 20,
    maxSize = 1 << 30,
    files = false,
    cap = 64 << 20,
    requests = new OpenRequests(),
    squidHasEnded = false,
    saveOpen = async () => {},
    left = [] as AuditRecord[],
  } = {}) {
    const result = { lost: 0, missing: 0, warnings: [] as object[] };
    const fd = openSync(audit(), 'a');
    const accessLog = new AccessLog({
      logDir: folder,
      stateDir: folder,
      auditFd: fd,
      files: files
        ? [{ id: 'file', format: 'json', folder: join(folder, 'files'), name: 'pod-a', fileSize, maxSize }]
        : [],
      cap: () => cap,
      record: () => ({ query: 'Redact', identify: () => undefined, gateReport: () => undefined }),
      clock: systemClock,
      log: { ...silentLog, warn: (fields) => result.warnings.push(fields) },
      onPrinted: (lines) => {
        for (const { record } of lines) requests.end(record.id ?? '');
      },
      interrupted: (before) =>
        requests.before(before).map((request) => openRecord(request, 'interrupted', 10_000)),
      due: async () => [],
      left: () => left,
      saveOpen,
      squidHasEnded: () => squidHasEnded,
      onLost: (lines) => {
        result.lost += lines;
      },
      onMissing: (_, segments) => {
        result.missing += segments;
      },
      onUnwritten: expect.fail,
    });
    const printedIds = await accessLog.printedIds();
    await accessLog.run(AbortSignal.abort());
    closeSync(fd);
    return { ...result, printedIds };
  }
  const segments = () => readdirSync(folder).filter((name) => name.endsWith('.log'));

  it('prints each line once, across restarts, and deletes whole segments', async () => {
    writeFileSync(segment(1), entry('1') + entry('2'));
    writeFileSync(segment(2), entry('3'));
    await run();
    expect(ids()).toEqual(['1', '2', '3']);
    expect(segments()).toEqual(['0000000002.log']);
    appendFileSync(segment(2), entry('4'));
    await run();
    await run();
    expect(ids()).toEqual(['1', '2', '3', '4']);
  });

  it('waits for the end of an unfinished line', async () => {
    const [start, end] = [entry('1').slice(0, 20), entry('1').slice(20)];
    writeFileSync(segment(1), start);
    await run();
    expect(ids()).toEqual([]);
    appendFileSync(segment(1), end);
    await run();
    expect(ids()).toEqual(['1']);
  });

  it('counts missing lines: records of loss, unfinished lines, unreadable lines', async () => {
    writeFileSync(segment(1), `${entry('1')}!lost 40\nrubbish\n${entry('2').slice(0, 9)}`);
    writeFileSync(segment(2), entry('3'));
    expect((await run()).lost).toBe(42);
    expect(ids()).toEqual(['1', '3']);
  });

  it('prints what is left when the agent ends, after the lines of Squid', async () => {
    writeFileSync(segment(1), entry('1'));
    const times = { bytesReceived: 0, bytesSent: 0, durationMs: 0, time: '2026-11-29T00:00:00Z' };
    await run({ left: [{ ...times, id: 'asked', method: 'DNS', target: 'a.example:53', verdict: 'deny' }] });
    expect(ids()).toEqual(['1', 'asked']);
  });

  describe('when Squid has ended', () => {
    const known = { method: 'GET', target: 'h.example:80', verdict: 'allow' as const };
    const sizes = { bytesReceived: 0, bytesSent: 0, durationMs: 0 };
    const opened = (...times: [id: string, time: number][]) => {
      const requests = new OpenRequests();
      const outline = { client: '10.0.0.7', known: { ...known, ...sizes } };
      for (const [id, time] of times) requests.open(id, outline, { port: 1, time });
      return requests;
    };
    const phases = () =>
      readFileSync(audit(), 'utf8')
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text) as { id: string; phase?: string })
        .map(({ id, phase = 'ended' }) => `${id} ${phase}`);

    it('what it had not logged is printed at the start of the next one, after its last lines', async () => {
      const requests = opened(['ended', 1000], ['cut', 1001], ['new', 5000]);
      writeFileSync(segment(1), `!start 100\n${entry('ended')}`);
      writeFileSync(segment(2), `!start 5000\n${entry('other')}`);
      expect((await run({ requests })).lost).toBe(0);
      expect(phases()).toEqual(['ended ended', 'cut interrupted', 'other ended']);
      expect(requests.before(10_000).map(({ id }) => id)).toEqual(['new']);
      await run({ requests });
      expect(phases()).toHaveLength(3);
    });

    it('the file of the open requests is written before the position passes the start', async () => {
      writeFileSync(segment(1), `${entry('1')}!start 5000\n`);
      const positions: string[] = [];
      const saveOpen = async () => {
        positions.push(JSON.parse(readFileSync(position(), 'utf8')).offset);
      };
      await run({ requests: opened(['cut', 1000]), saveOpen });
      expect(positions[0]).toBe(entry('1').length);
    });

    it('what is open is printed when the agent ends after it', async () => {
      writeFileSync(segment(1), `!start 100\n${entry('1')}`);
      await run({ requests: opened(['1', 1000], ['cut', 1001]), squidHasEnded: true });
      expect(phases()).toEqual(['1 ended', 'cut interrupted']);
    });

    it('an agent that ends before Squid prints nothing of it', async () => {
      writeFileSync(segment(1), entry('1'));
      await run({ requests: opened(['1', 1000], ['open', 1001]) });
      expect(phases()).toEqual(['1 ended']);
    });

    it('files do not count the start as a missing line', async () => {
      writeFileSync(segment(1), `!start 100\n${entry('1')}`);
      await run({ files: true });
      expect(readFileSync(join(folder, 'files', 'pod-a.log'), 'utf8').split('\n')).toHaveLength(2);
    });

    it('the next run knows which lines were printed before it', async () => {
      writeFileSync(segment(1), entry('1') + entry('2'));
      await run();
      appendFileSync(segment(1), entry('3'));
      writePosition({ segment: 1, offset: entry('1').length });
      expect((await run()).printedIds).toEqual(new Set(['1']));
      writeFileSync(segment(2), entry('4'));
      writePosition({ segment: 2, offset: 0 });
      expect((await run()).printedIds).toEqual(new Set(['1', '2', '3']));
    });
  });

  it('begins with the oldest segment if its position is lost', async () => {
    writeFileSync(segment(7), entry('1'));
    writeFileSync(position(), 'rubbish');
    await run();
    expect(ids()).toEqual(['1']);
  });

  it('reads more than one chunk', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => entry(String(index)));
    writeFileSync(segment(1), many.join(''));
    await run();
    expect(ids()).toEqual(Array.from({ length: 2000 }, (_, index) => String(index)));
  });

  it('logs the ids of lines that a kill may have repeated, and none after a regular end', async () => {
    writeFileSync(segment(1), entry('1') + entry('2'));
    // The position of a run that printed the first line and was killed.
    writePosition({ segment: 1, offset: entry('1').length });
    expect((await run()).warnings).toEqual([{ ids: ['2'] }]);
    appendFileSync(segment(1), entry('3'));
    expect((await run()).warnings).toEqual([]);
    expect(ids()).toEqual(['2', '3']);
  });

  it.each(['the first print of all', 'the first print after a regular end'])(
    'logs the ids of lines whose print a kill has interrupted: %s',
    async (which) => {
      writeFileSync(segment(1), entry('1'));
      if (which !== 'the first print of all') await run();
      appendFileSync(segment(1), entry('2'));
      let atThePrint = '';
      const print = () => {
        atThePrint = readFileSync(position(), 'utf8');
        return undefined;
      };
      const log = new AuditLog({
        position: new PositionFile(position(), () => expect.fail()),
        print,
        record: () => ({ query: 'Redact', identify: () => undefined, gateReport: () => undefined }),
        log: silentLog,
        onPrinted: () => {},
        interrupted: () => [],
        saveOpen: async () => {},
        onLost: () => {},
      });
      const batch = await new Segments(folder).read(log.position);
      await log.take(batch ?? expect.fail());
      writeFileSync(position(), atThePrint);
      expect((await run()).warnings).toEqual([
        { ids: which === 'the first print of all' ? ['1', '2'] : ['2'] },
      ]);
    },
  );

  it('ends a line that a kill has cut, so that the next can be parsed', async () => {
    writeFileSync(segment(1), entry('1'));
    writeFileSync(audit(), '{"id":"0","user');
    writePosition({ segment: 1, offset: 0, cuttable: true });
    await run();
    const [, last = ''] = readFileSync(audit(), 'utf8').trimEnd().split('\n');
    expect(JSON.parse(last)).toMatchObject({ id: '1' });
  });

  describe('with a file', () => {
    const file = (suffix = '') => join(folder, 'files', `pod-a.log${suffix}`);

    it('contains each request once, even after a kill between the write and the position', async () => {
      writeFileSync(segment(1), entry('1') + entry('2'));
      await run({ files: true });
      const written = readFileSync(file());
      appendFileSync(segment(1), entry('3'));
      await run({ files: true });
      // The position before the third line, with the file as it is now.
      const before = { segment: 1, offset: 2 * entry('1').length, size: written.length };
      writePosition(before, 'file');
      await run({ files: true });
      expect(idsIn(file())).toEqual(['1', '2', '3']);
    });

    it('contains each request once, even after a kill in the very first write', async () => {
      writeFileSync(segment(1), entry('1'));
      let atTheWrite = '';
      const log = new LogFile({
        file: Object.assign(
          new RotatingFile({
            folder: join(folder, 'files'),
            name: 'pod-a',
            fileSize: 1 << 20,
            maxSize: 1 << 30,
          }),
          {
            isFull: () => {
              atTheWrite = readFileSync(position('file'), 'utf8');
              return false;
            },
          },
        ),
        format: logFormats.json,
        position: new PositionFile(position('file'), () => expect.fail()),
        record: () => ({ query: 'Redact', identify: () => undefined, gateReport: () => undefined }),
        log: silentLog,
        onMissing: () => {},
      });
      const batch = await new Segments(folder).read(log.position);
      await log.take(batch ?? expect.fail());
      writeFileSync(position('file'), atTheWrite);
      await run({ files: true });
      expect(idsIn(file())).toEqual(['1']);
    });

    it('is rotated when it is full, and the oldest files are deleted', async () => {
      for (const number of [1, 2, 3, 4]) {
        writeFileSync(segment(number), entry(String(number)));
        await run({ files: true, fileSize: 10, maxSize: 1000 });
      }
      expect(idsIn(file())).toEqual(['4']);
      expect(readdirSync(join(folder, 'files')).toSorted()).toEqual([
        'pod-a.log',
        'pod-a.log.2',
        'pod-a.log.3',
      ]);
    });

    it('does not delete the file that another pod writes', async () => {
      mkdirSync(join(folder, 'files'));
      writeFileSync(join(folder, 'files', 'pod-b.log'), 'x'.repeat(5000));
      writeFileSync(join(folder, 'files', 'pod-c.log.1'), 'x'.repeat(5000));
      for (const number of [1, 2]) {
        writeFileSync(segment(number), entry(String(number)));
        await run({ files: true, fileSize: 10, maxSize: 1000 });
      }
      expect(readdirSync(join(folder, 'files'))).not.toContain('pod-c.log.1');
      expect(readdirSync(join(folder, 'files'))).toContain('pod-b.log');
    });

    it('is created again if it was deleted', async () => {
      writeFileSync(segment(1), entry('1'));
      await run({ files: true });
      rmSync(file());
      appendFileSync(segment(1), entry('2'));
      await run({ files: true });
      expect(idsIn(file())).toEqual(['2']);
    });

    it('keeps segments for itself, but not beyond half the cap', async () => {
      // A file in the place of the folder: every write fails.
      writeFileSync(join(folder, 'files'), '');
      writePosition({ segment: 7, offset: 0 }, 'file');
      for (let number = 1; number <= 9; number += 1) writeFileSync(segment(number), entry(String(number)));
      await run({ files: true, cap: 8 << 20 });
      expect(ids()).toHaveLength(9);
      expect(segments()[0]).toBe('0000000007.log');
      writePosition({ segment: 3, offset: 0 }, 'file');
      writeFileSync(segment(10), entry('10'));
      await run({ files: true, cap: 8 << 20 });
      expect(segments()).toEqual(['0000000010.log']);
    });

    it('does not delay the audit log forever, and reports its missing segments', async () => {
      writeFileSync(segment(1), entry('1'));
      await run({ files: true });
      writeFileSync(segment(40), entry('40'));
      rmSync(segment(1));
      expect((await run({ files: true })).missing).toBe(39);
      expect(idsIn(file())).toEqual(['1', '40']);
    });
  });
});
