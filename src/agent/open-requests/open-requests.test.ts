import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { AuditRecord } from '../../api/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import { OpenRequestFile } from './open-request-file.ts';
import { OpenRequestWatch } from './open-request-watch.ts';
import { OpenRequests, openRecord, type RequestOutline } from './open-requests.ts';

const outline: RequestOutline = {
  client: '10.0.0.7',
  known: {
    namespace: 'my-app',
    pod: 'api',
    client: '10.0.0.7',
    method: 'POST',
    target: 'h.example:80',
    verdict: 'allow',
    reason: 'RuleAllowed',
    rule: 'my-app/rules#0',
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
  },
};
const ids = (requests: readonly { id?: string }[]) => requests.map(({ id }) => id);

describe('OpenRequests', () => {
  const open = (requests: OpenRequests, id: string, time: number) =>
    requests.open(id, outline, { port: 4711, time });

  test('a request is open from its allow until its audit line', () => {
    const requests = new OpenRequests();
    open(requests, 'a', 1000);
    open(requests, 'b', 2000);
    expect(ids(requests.before(2000))).toEqual(['a']);
    requests.end('a');
    expect(ids(requests.before(3000))).toEqual(['b']);
  });

  test('a request that the relay reports after its audit line is not open', () => {
    const requests = new OpenRequests();
    requests.end('run-r1');
    requests.end('run-1');
    open(requests, 'run-r1', 1000);
    expect(requests.size).toBe(0);
    open(requests, 'run-r1', 1000);
    expect(requests.size).toBe(1);
  });

  test('a request whose client left while it was decided is not open, whichever comes first', () => {
    const requests = new OpenRequests();
    open(requests, 'decided', 1000);
    requests.endUndecided('10.0.0.7 4711', 1001);
    expect(requests.size).toBe(0);
    requests.endUndecided('10.0.0.7 4711', 2000);
    requests.open('late', outline, { port: 4711, time: 3000, arrivedAt: 1500 });
    expect(requests.size).toBe(0);
    // Another client gets the port, whose request came later.
    requests.open('next', outline, { port: 4711, time: 3000, arrivedAt: 2001 });
    expect(ids(requests.before(4000))).toEqual(['next']);
    requests.endUndecided('10.0.0.7 4711', 2000);
    expect(ids(requests.before(4000))).toEqual(['next']);
    // It left while it was decided, and its line is read after the decision.
    requests.endUndecided('10.0.0.7 4711', 2500);
    expect(requests.size).toBe(0);
  });

  test('holds no more than its capacity: the newest are not remembered', () => {
    const requests = new OpenRequests({ capacity: 2 });
    for (const id of ['a', 'b', 'c']) open(requests, id, 1);
    expect(ids(requests.before(2))).toEqual(['a', 'b']);
  });

  describe('counts by owner', () => {
    const of = (namespace: string): RequestOutline => ({
      ...outline,
      known: { ...outline.known, namespace },
    });
    const counts = (requests: OpenRequests) => ['shop', 'bank'].map((owner) => requests.count(owner));

    test('from the allow to the audit line', () => {
      const requests = new OpenRequests();
      requests.open('a', of('shop'), { port: 1, time: 0 });
      requests.open('b', of('shop'), { port: 2, time: 0 });
      requests.open('c', of('bank'), { port: 3, time: 0 });
      expect(counts(requests)).toEqual([2, 1]);
      requests.end('a');
      expect(counts(requests)).toEqual([1, 1]);
      expect([requests.has('10.0.0.7 1'), requests.has('10.0.0.7 2')]).toEqual([false, true]);
    });

    test('not the earlier request of a connection, which stays open until its line', () => {
      const requests = new OpenRequests();
      requests.open('a', of('shop'), { port: 1, time: 0 });
      requests.open('b', of('bank'), { port: 1, time: 1 });
      expect(counts(requests)).toEqual([0, 1]);
      expect(requests.size).toBe(2);
      requests.end('a');
      expect(counts(requests)).toEqual([0, 1]);
    });

    test('not those whose client is gone, which stay open until their line', () => {
      const requests = new OpenRequests();
      requests.open('gone', of('shop'), { port: 1, time: 0 });
      requests.open('long', of('shop'), { port: 2, time: 0 });
      requests.open('new', of('shop'), { port: 3, time: 9 });
      requests.markGone(9, (connection) => connection === '10.0.0.7 2', 20);
      expect(counts(requests)).toEqual([2, 0]);
      expect(requests.has('10.0.0.7 1')).toBe(false);
      requests.end('gone');
      expect(counts(requests)).toEqual([2, 0]);
      expect(requests.size).toBe(2);
    });

    test('those of the last run, too', () => {
      const before = new OpenRequests();
      before.open('a', of('shop'), { port: 1, time: 0 });
      before.open('gone', of('shop'), { port: 2, time: 0 });
      before.markGone(1, (connection) => connection === '10.0.0.7 1', 2);
      const requests = new OpenRequests();
      requests.restore(JSON.parse(JSON.stringify(before.before(1))));
      expect(counts(requests)).toEqual([1, 0]);
    });

    test('each owner has as many as are open and not gone, whatever happens', () => {
      type Step = (requests: OpenRequests, time: number) => void;
      const port = fc.integer({ min: 1, max: 4 });
      const connection = port.map((each) => `10.0.0.7 ${each}`);
      const step = fc.oneof(
        fc.tuple(port, fc.constantFrom('shop', 'bank')).map<Step>(
          ([port, owner]) =>
            (requests, time) =>
              requests.open(`${time}`, of(owner), { port, time }),
        ),
        fc.nat(30).map<Step>((id) => (requests) => requests.end(`${id}`)),
        connection.map<Step>(
          (gone) => (requests, time) => requests.markGone(time, (each) => each !== gone, time),
        ),
        connection.map<Step>((each) => (requests, time) => requests.endUndecided(each, time)),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const requests = new OpenRequests();
          for (const [time, take] of steps.entries()) take(requests, time);
          const open = requests.before(Number.POSITIVE_INFINITY).filter(({ goneAt }) => goneAt === undefined);
          const expected = ['shop', 'bank'].map(
            (owner) => open.filter(({ outline }) => outline.known.namespace === owner).length,
          );
          expect(counts(requests)).toEqual(expected);
          for (const { port } of open) expect(requests.has(`10.0.0.7 ${port}`)).toBe(true);
        }),
      );
    });
  });

  test('before: as a filter of all, however late the relay reports', () => {
    const time = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(time, fc.integer({ min: 0, max: 900 }))), time, (all, limit) => {
        const requests = new OpenRequests();
        // In the order in which they become known: each up to 900 ms after its time.
        const known = all
          .map(([at, late], index) => ({ id: `${index}`, at, knownAt: at + late }))
          .sort((one, other) => one.knownAt - other.knownAt);
        for (const { id, at } of known) open(requests, id, at);
        expect(ids(requests.before(limit))).toEqual(known.filter(({ at }) => at < limit).map(({ id }) => id));
      }),
    );
  });

  test('is saved when something is new or has gone, and else not', () => {
    const requests = new OpenRequests();
    open(requests, 'a', 1000);
    expect(requests.takeUnsaved(900)).toBeUndefined();
    expect(ids(requests.takeUnsaved(1100) ?? [])).toEqual(['a']);
    expect(requests.takeUnsaved(1100)).toBeUndefined();
    open(requests, 'short', 1200);
    requests.end('short');
    expect(requests.takeUnsaved(1300)).toBeUndefined();
    requests.end('a');
    expect(requests.takeUnsaved(1300)).toEqual([]);
    expect(requests.takeUnsaved(1300)).toBeUndefined();
    requests.saveFailed();
    expect(requests.takeUnsaved(1300)).toEqual([]);
  });

  test('its records are audit records', () => {
    const requests = new OpenRequests();
    open(requests, 'a', 1_700_000_000_123);
    const [request] = requests.before(Number.POSITIVE_INFINITY);
    const record = openRecord(request ?? expect.fail(), 'interrupted', 1_700_000_005_123);
    expect([...Compile(AuditRecord).Errors(record)]).toEqual([]);
    expect(record).toMatchObject({
      id: 'a',
      phase: 'interrupted',
      time: '2023-11-14T22:13:20.123Z',
      target: 'h.example:80',
      durationMs: 5000,
    });
  });
});

describe('OpenRequestFile', () => {
  function setUp(printed: string[] = []) {
    const path = join(mkdtempSync(join(tmpdir(), 'open-')), 'open-requests.jsonl');
    const clock = new FakeClock();
    const failures: string[] = [];
    const run = () => {
      const requests = new OpenRequests();
      const printedIds = async () => new Set(printed);
      const options = {
        path,
        requests,
        printedIds,
        onUnwritten: () => failures.push(path),
        clock,
        log: silentLog,
      };
      return { requests, file: new OpenRequestFile(options) };
    };
    return { clock, run, path, failures };
  }

  test('the next run has what was open, without what was printed since', async () => {
    const { clock, run } = setUp(['printed']);
    const first = run();
    for (const id of ['a', 'printed', 'b']) first.requests.open(id, outline, { port: 1, time: clock.now() });
    await clock.advance(1000);
    first.requests.open('too new', outline, { port: 1, time: clock.now() });
    await first.file.save();
    const second = run();
    await second.file.restore();
    expect(ids(second.requests.before(clock.now()))).toEqual(['a', 'b']);
  });

  test('a request that has ended is not there after the next save', async () => {
    const { clock, run } = setUp();
    const first = run();
    first.requests.open('a', outline, { port: 1, time: clock.now() });
    await clock.advance(1000);
    await first.file.save();
    first.requests.end('a');
    await first.file.save();
    const second = run();
    await second.file.restore();
    expect(second.requests.size).toBe(0);
  });
});

describe('OpenRequestWatch', () => {
  function setUp() {
    const clock = new FakeClock();
    const requests = new OpenRequests();
    let peers: Set<string> | undefined = new Set(['10.0.0.7 4711']);
    const watch = new OpenRequestWatch({ requests, peers: async () => peers, clock });
    const open = (id: string, port = 4711) => requests.open(id, outline, { port, time: clock.now() });
    /** What is due after some time, as AccessLog prints it. */
    const dueAfter = async (ms: number) => {
      await clock.advance(ms);
      const records = await watch.due();
      for (const { id = '', phase } of records) if (phase !== 'open') requests.end(id);
      return records.map(({ id, phase }) => `${id} ${phase}`);
    };
    return { requests, open, dueAfter, setPeers: (now: typeof peers) => (peers = now) };
  }

  test('has one open record for a request that is under way for a minute', async () => {
    const { requests, open, dueAfter } = setUp();
    open('long');
    open('short', 4712);
    expect(await dueAfter(59_000)).toEqual([]);
    requests.end('short');
    expect(await dueAfter(2000)).toEqual(['long open']);
    expect(await dueAfter(2000)).toEqual([]);
    expect(await dueAfter(3_600_000)).toEqual([]);
    expect(requests.size).toBe(1);
  });

  test('has an interrupted record if the client has been gone for a minute and no audit line came', async () => {
    const { requests, open, dueAfter, setPeers } = setUp();
    open('connected');
    open('gone', 4712);
    open('line comes', 4713);
    expect(await dueAfter(61_000)).toEqual(['connected open']);
    requests.end('line comes');
    expect(await dueAfter(59_000)).toEqual([]);
    expect(await dueAfter(2000)).toEqual(['gone interrupted']);
    setPeers(undefined);
    expect(await dueAfter(61_000)).toEqual([]);
    expect(await dueAfter(61_000)).toEqual([]);
    expect(ids(requests.before(Number.POSITIVE_INFINITY))).toEqual(['connected']);
  });

  test('has an interrupted record for the request before the present one of a connection', async () => {
    const { open, dueAfter } = setUp();
    open('lost');
    expect(await dueAfter(1000)).toEqual([]);
    open('present');
    expect(await dueAfter(61_000)).toEqual(['lost interrupted', 'present open']);
  });

  test('leaves young requests alone', async () => {
    const { open, dueAfter, setPeers } = setUp();
    setPeers(new Set());
    expect(await dueAfter(59_000)).toEqual([]);
    open('young');
    expect(await dueAfter(2000)).toEqual([]);
    expect(await dueAfter(57_000)).toEqual([]);
  });
});
