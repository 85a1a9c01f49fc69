import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityCounts, NamespaceCounts, TargetCount } from '../api/index.ts';
import { hasNews, type InstanceCounts, type MergeInput, mergeCounts } from './merge-counts.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const at = (second: number) => new Date(NOW - 60_000 + second * 1000).toISOString();

function target(name: string, count: number, more: Partial<TargetCount> = {}): TargetCount {
  const seen = { firstSeen: at(0), lastSeen: at(1) };
  return {
    target: name,
    verdict: 'allow',
    count,
    bytesReceived: 0,
    bytesSent: 0,
    ...seen,
    owners: [],
    ...more,
  };
}

function report(instance: string, targets: TargetCount[], dropped = 0, pod = instance): InstanceCounts {
  const requests = targets.reduce((sum, { count }) => sum + count, dropped);
  const refused = targets.filter(({ verdict }) => verdict === 'deny');
  const denied = refused.reduce((sum, { count }) => sum + count, 0);
  return { instance, pod, counts: { requests, denied, targets, dropped } };
}

const merge = (before: ActivityCounts, reports: InstanceCounts[], more: Partial<MergeInput> = {}) =>
  mergeCounts({ before, reports, isAlive: () => true, now: NOW, ...more });
const countsOf = ({ targets = [] }: ActivityCounts) =>
  Object.fromEntries(targets.map(({ target, count }) => [target, count]));

describe('mergeCounts', () => {
  it('keeps tunnels with a fault of TLS apart', () => {
    const fault = { wouldDeny: true, reason: 'NoMatchingRule', tlsFault: 'NotTLS' } as const;
    const { tlsFault: _, ...withoutFault } = fault;
    const targets = [target('h:1', 3, withoutFault), target('h:1', 2, fault)];
    const first = merge({}, [report('a', targets)]);
    const again = merge(first, [report('b', [target('h:1', 4, fault)])]);
    const shown = again.targets?.map(({ tlsFault, count }) => [tlsFault, count]);
    expect(shown).toEqual(
      expect.arrayContaining([
        [undefined, 3],
        ['NotTLS', 6],
      ]),
    );
    expect(shown).toHaveLength(2);
  });

  it('adds up what several agents counted', () => {
    const merged = merge({}, [
      report('a', [target('h:1', 3), target('x:1', 1, { verdict: 'deny', reason: 'NoMatchingRule' })]),
      report('b', [target('h:1', 4)]),
    ]);
    expect(merged).toMatchObject({ requests: 8, denied: 1, dropped: 0, lastRefused: 'x:1' });
    expect(countsOf(merged)).toEqual({ 'h:1': 7, 'x:1': 1 });
  });

  it('adds each request once, however often and by whichever leader a report is merged', () => {
    const first = merge({}, [report('a', [target('h:1', 3)])]);
    const again = merge(first, [report('a', [target('h:1', 3)])]);
    expect(again).toEqual(first);
    expect(countsOf(merge(again, [report('a', [target('h:1', 5)])]))).toEqual({ 'h:1': 5 });
  });

  it('adds to what an agent counted before it was started again', () => {
    const first = merge({}, [report('a1', [target('h:1', 3)], 0, 'squid-0')]);
    const next = merge(first, [report('a2', [target('h:1', 2)], 0, 'squid-0')], {
      isAlive: ({ instance }) => instance !== 'a1',
    });
    expect(countsOf(next)).toEqual({ 'h:1': 5 });
    expect(next.watermarks?.map(({ instance }) => instance)).toEqual(['a2']);
  });

  it('keeps the mark of an agent that does not answer now, and of one whose last report is present', () => {
    const first = merge({}, [report('a', [target('h:1', 3)])]);
    const silent = merge(first, [report('b', [target('h:1', 1)])]);
    expect(countsOf(merge(silent, [report('a', [target('h:1', 4)])]))).toEqual({ 'h:1': 5 });
    const gone = merge(first, [report('a', [target('h:1', 4)])], { isAlive: () => false });
    expect(countsOf(merge(gone, [report('a', [target('h:1', 4)])]))).toEqual({ 'h:1': 4 });
  });

  it('counts a target from 0 that its agent had dropped', () => {
    const first = merge({}, [report('a', [target('h:1', 3)])]);
    const without = merge(first, [report('a', [target('x:1', 1)], 3)]);
    const back = merge(without, [report('a', [target('x:1', 1), target('h:1', 3)], 3)]);
    expect(countsOf(back)).toEqual({ 'h:1': 6, 'x:1': 1 });
    expect(back.requests).toBe(7);
  });

  it('drops the targets that were seen least recently, and counts their requests as dropped', () => {
    const targets = [1, 2, 3].map((n) => target(`h:${n}`, n, { lastSeen: at(n) }));
    const merged = merge({}, [report('a', targets)], { limits: { targets: 2 } });
    expect(merged).toMatchObject({
      requests: 6,
      dropped: 1,
      targets: [{ target: 'h:3' }, { target: 'h:2' }],
    });
  });

  it('stays below its size in bytes', () => {
    const targets = Array.from({ length: 500 }, (_, n) => target(`${'é'.repeat(250)}${n}:1`, 1));
    const merged = merge({}, [report('a', targets)], { limits: { bytes: 64 << 10 } });
    expect(Buffer.byteLength(JSON.stringify(merged.targets))).toBeLessThanOrEqual(64 << 10);
    expect(merged.targets?.length).toBeGreaterThan(50);
    expect(merged.requests).toBe(500);
  });

  it('ignores a time that is ahead', () => {
    const ahead = target('h:1', 1, {
      firstSeen: '2027-01-01T00:00:00.000Z',
      lastSeen: '2027-01-01T00:00:00.000Z',
    });
    expect(merge({}, [report('a', [ahead])]).targets?.[0]).toMatchObject({
      firstSeen: '2026-11-21T10:00:00.000Z',
      lastSeen: '2026-11-21T10:00:00.000Z',
    });
  });

  it('shows targets as plain text, and counts equal texts together', () => {
    const odd = ['a\u001b[31m:80', 'a\u202eb:80', 'a\u0000:80', 'b\u200b:80'].map((name) => target(name, 1));
    const first = merge({}, [report('a', [...odd, target('b%E2%80%8B:80', 4)])]);
    expect(countsOf(first)).toEqual({
      'a%1B[31m:80': 1,
      'a%E2%80%AEb:80': 1,
      'a%00:80': 1,
      'b%E2%80%8B:80': 5,
    });
    expect(merge(first, [report('a', [...odd, target('b%E2%80%8B:80', 4)])])).toEqual(first);
  });

  it('shows the newest owners', () => {
    const owned = (owners: string[], second: number) => [target('h:1', 1, { owners, lastSeen: at(second) })];
    const merged = merge({}, [report('a', owned(['x', 'y'], 5)), report('b', owned(['y', 'z'], 9))], {
      limits: { owners: 2 },
    });
    expect(merged.targets?.[0]?.owners).toEqual(['y', 'z']);
  });

  it('counts each request once over any sequence of restarts, silences and leaders', () => {
    const steps = fc.array(
      fc.record({
        agent: fc.integer({ min: 0, max: 2 }),
        name: fc.constantFrom('h:1', 'h:2', 'h:3'),
        end: fc.constantFrom('wait' as const, 'merge' as const, 'restart' as const),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (made) => {
        const fleet = new Fleet();
        for (const { agent, name, end } of made) {
          fleet.request(agent, name);
          fleet[end](agent);
        }
        fleet.merge();
        const { requests, dropped = 0, targets = [] } = fleet.merged;
        expect(requests).toBe(made.length);
        expect(targets.reduce((sum, { count }) => sum + count, dropped)).toBe(made.length);
        expect(dropped).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

/** Three agents that count, and what is merged of them where two targets have room. */
class Fleet {
  readonly #agents = [0, 1, 2].map((pod) => ({ pod: `p${pod}`, run: 0, counts: new Map<string, number>() }));
  merged: ActivityCounts = {};

  request(agent: number, name: string): void {
    const counts = this.#agents[agent]?.counts;
    counts?.set(name, (counts.get(name) ?? 0) + 1);
  }

  wait(): void {}

  /** The last report of an agent is counted. */
  restart(agent: number): void {
    this.merge();
    const one = this.#agents[agent];
    if (one !== undefined) Object.assign(one, { run: one.run + 1, counts: new Map() });
  }

  merge(): void {
    const reports = this.#agents.map(({ pod, run, counts }) => {
      const targets = [...counts].map(([name, count]) => target(name, count));
      return report(`${pod}-${run}`, targets, 0, pod);
    });
    const current = new Set(reports.map(({ instance }) => instance));
    const isAlive = ({ instance }: { instance: string }) => current.has(instance);
    this.merged = merge(this.merged, reports, { isAlive, limits: { targets: 2 } });
  }
}

describe('hasNews', () => {
  const counts = (requests: number): NamespaceCounts => ({
    requests,
    denied: 0,
    targets: [],
    dropped: requests,
  });
  const before = merge({}, [{ instance: 'a', pod: 'a', counts: counts(3) }]);
  it.each<[string, ActivityCounts, InstanceCounts[], boolean]>([
    ['nothing was ever counted', {}, [{ instance: 'a', pod: 'a', counts: counts(0) }], false],
    ['something is counted for the first time', {}, [{ instance: 'a', pod: 'a', counts: counts(1) }], true],
    ['an agent counted on', before, [{ instance: 'a', pod: 'a', counts: counts(4) }], true],
    ['another agent counted', before, [{ instance: 'b', pod: 'b', counts: counts(1) }], true],
    ['all is contained', before, [{ instance: 'a', pod: 'a', counts: counts(3) }], false],
    ['no agent answers', before, [], false],
  ])('%s', (_, counted, reports, expected) => {
    expect(hasNews(counted, reports)).toBe(expected);
  });
});
