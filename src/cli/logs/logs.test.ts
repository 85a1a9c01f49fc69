import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineMerger, LogPosition, renderRecord, selectRecord } from './index.ts';

const record = {
  id: 'f283982ec4-2',
  time: '2026-11-28T12:37:31.165Z',
  namespace: 'shop',
  pod: 'web-1',
  owner: 'Deployment/web',
  client: '10.244.1.10',
  method: 'CONNECT',
  target: 'api.example.com:443',
  verdict: 'allow',
  reason: 'RuleAllowed',
  rule: 'shop/rules#0',
  status: 200,
  bytesReceived: 1,
  bytesSent: 1,
  durationMs: 33,
} as const;
const all = { namespace: undefined, client: undefined, refused: false };

/** Numbered lines with these milliseconds between them. */
function linesAt(steps: readonly number[]): string[] {
  let at = Date.parse('2026-11-28T12:00:00Z');
  return steps.map((step, index) => {
    at += step;
    return `${new Date(at).toISOString()} line ${index}`;
  });
}

/** What a new connection sends of them. */
function send(lines: readonly string[], since = '2026-01-01T00:00:00Z'): string[] {
  return lines.filter((line) => Date.parse(line.slice(0, 24)) >= Date.parse(since));
}

describe('LogPosition', () => {
  it('takes each line once, though a connection repeats the last second', () => {
    const lines = [
      '2026-11-28T12:00:00.900000000Z a',
      '2026-11-28T12:00:01.100000000Z b',
      '2026-11-28T12:00:01.100000000Z c',
      '2026-11-28T12:00:01.900000000Z d',
    ];
    const position = new LogPosition();
    const taken = (some: string[]) => some.flatMap((line) => position.advance(line)?.text ?? []);
    expect(taken(lines.slice(0, 3))).toEqual(['a', 'b', 'c']);
    expect(position.since).toBe('2026-11-28T12:00:01Z');
    expect(taken(lines.slice(1))).toEqual(['d']);
  });

  it('loses no line and repeats none, wherever connections end', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 });
    const cuts = fc.array(fc.nat(60), { maxLength: 6 });
    fc.assert(
      fc.property(gaps, cuts, (steps, ends) => {
        const lines = linesAt(steps);
        const position = new LogPosition();
        const read = [...ends.toSorted((a, b) => a - b), lines.length].flatMap((end) =>
          send(lines.slice(0, end), position.since).flatMap((line) => position.advance(line) ?? []),
        );
        expect(read.map(({ text }) => text)).toEqual(lines.map((_, index) => `line ${index}`));
      }),
    );
  });

  it.each([
    ['2026-11-28T14:00:01.5+02:00 x', '2026-11-28T12:00:01.500000000Z'],
    ['2026-11-28T12:00:01Z x', '2026-11-28T12:00:01.000000000Z'],
  ])('reads the time of %s', (line, time) => {
    expect(new LogPosition().advance(line)).toEqual({ time, text: 'x' });
  });

  it('takes no line without a time', () => {
    expect(new LogPosition().advance('unable to retrieve container logs')).toBeUndefined();
  });
});

describe('LineMerger', () => {
  it('merges logs by time, each line once, however they arrive', () => {
    const logs = fc.array(fc.array(fc.nat(50), { maxLength: 20 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(logs, fc.array(fc.nat(3)), (times, turns) => {
        const merger = new LineMerger<string>(Number.POSITIVE_INFINITY);
        const rest = times.map((list, name) =>
          list.toSorted((a, b) => a - b).map((time) => ({ time: String(time).padStart(3, '0'), name })),
        );
        const taken: string[] = [];
        rest.forEach((_, name) => {
          merger.open(String(name), 0);
        });
        const next = (name: number) => {
          const line = rest[name]?.shift();
          if (line !== undefined) merger.push(String(name), { time: line.time, item: line.time }, 0);
          taken.push(...merger.take(0));
        };
        const expected = rest.flatMap((list) => list.map(({ time }) => time)).sort();
        for (const turn of turns) next(turn % rest.length);
        rest.forEach((list, name) => {
          while (list.length > 0) next(name);
          merger.close(String(name));
        });
        taken.push(...merger.take(0));
        expect(taken).toEqual(expected);
      }),
    );
  });

  it('waits for a log that is read, and not for one that is silent', () => {
    const merger = new LineMerger<string>(1_000);
    merger.open('a', 0);
    merger.open('b', 0);
    merger.push('a', { time: '2', item: 'second' }, 100);
    expect(merger.take(100)).toEqual([]);
    merger.push('b', { time: '1', item: 'first' }, 200);
    expect(merger.take(200)).toEqual(['first']);
    expect(merger.take(1_199)).toEqual([]);
    expect(merger.take(1_200)).toEqual(['second']);
  });

  it('lets lines that are not shown tell how far a log was read', () => {
    const merger = new LineMerger<string>(Number.POSITIVE_INFINITY);
    merger.open('a', 0);
    merger.open('b', 0);
    merger.push('a', { time: '1', item: 'shown' }, 0);
    merger.push('b', { time: '3' }, 0);
    expect(merger.take(0)).toEqual(['shown']);
  });
});

describe('selectRecord', () => {
  const line = (more: object = {}) => JSON.stringify({ ...record, ...more });
  it.each([
    ['a record', line(), all, true],
    ['a record of the namespace', line(), { ...all, namespace: 'shop' }, true],
    ['a record of another namespace', line(), { ...all, namespace: 'sho' }, false],
    [
      'a client that is no pod, of a namespace',
      line({ namespace: undefined }),
      { ...all, namespace: 'shop' },
      false,
    ],
    ['the pod', line(), { ...all, client: 'web-1' }, true],
    ['another pod', line(), { ...all, client: 'web-10' }, false],
    ['the workload, its kind in any case', line(), { ...all, client: 'deployment/web' }, true],
    ['another workload', line(), { ...all, client: 'job/web' }, false],
    ['an allowed one among the refused', line(), { ...all, refused: true }, false],
    ['a refused one', line({ verdict: 'deny' }), { ...all, refused: true }, true],
    ['one that enforce mode would refuse', line({ wouldDeny: true }), { ...all, refused: true }, true],
    ["the agent's own message", '{"level":"info","msg":"no \\"verdict\\": here"}', all, false],
    ['a line that was cut off', line().slice(0, 300), all, false],
    ['null', 'null', all, false],
  ])('%s', (_, text, filter, selected) => {
    expect(selectRecord(text, filter) !== undefined).toBe(selected);
  });
});

describe('renderRecord', () => {
  const plain = { colors: false };
  it.each([
    [
      'a tunnel',
      {},
      'allow       shop/web-1  CONNECT  api.example.com:443  RuleAllowed shop/rules#0  200 33ms',
    ],
    [
      'a refusal',
      { verdict: 'deny', reason: 'NoMatchingRule', rule: undefined, status: 403 },
      'deny        shop/web-1  CONNECT  api.example.com:443  NoMatchingRule  403 33ms',
    ],
    [
      'a tunnel with the TLS server name that was allowed',
      { sni: 'api.example.com' },
      'allow       shop/web-1  CONNECT  api.example.com:443  RuleAllowed shop/rules#0  200 33ms',
    ],
    [
      'a tunnel with another TLS server name',
      { sni: 'b.example.com', wouldDeny: true, reason: 'ServerNameMismatch' },
      'would deny  shop/web-1  CONNECT  api.example.com:443  ServerNameMismatch shop/rules#0 server name b.example.com  200 33ms',
    ],
    [
      'a request of plain HTTP in observe mode, through a parent',
      { wouldDeny: true, url: 'http://api.example.com/x', method: 'GET', upstream: 'corporate' },
      'would deny  shop/web-1  GET  http://api.example.com/x  RuleAllowed shop/rules#0  200 via corporate 33ms',
    ],
    [
      'a client that is no pod, still open',
      { pod: undefined, namespace: undefined, phase: 'open', status: undefined },
      'allow       10.244.1.10  CONNECT  api.example.com:443  RuleAllowed shop/rules#0  open 33ms',
    ],
  ] as const)('%s', (_, more, expected) => {
    const text = renderRecord({ ...record, ...more } as typeof record, plain);
    expect(text).toBe(`${record.time}  ${expected}  ${record.id}\n`);
  });

  it('shows no character that acts in a terminal', () => {
    const text = renderRecord({ ...record, target: 'a\u001b[2J\u202e\n.example.com:443' }, plain);
    expect(text).toContain('  a%1B[2J%E2%80%AE%0A.example.com:443  ');
  });
});
