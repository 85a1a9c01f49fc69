import { describe, expect, it } from 'vitest';
import type { ActivityReport, Flow, TargetCount } from '../../api/index.ts';
import type { DashboardFlow } from '../wire.ts';
import { countWouldDeny, rulesOf, sumCounts, sumRules, writtenCounts } from './activity-totals.ts';
import { FlowStore } from './flow-store.ts';
import { STEP, STEPS, TimeBuckets } from './time-buckets.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');

function flow(seq: number, more: Partial<Flow> = {}): Flow {
  return {
    seq,
    id: `id-${seq}`,
    state: 'closed',
    time: '2026-01-01T12:00:00.000Z',
    namespace: 'shop',
    target: 'api.example.com:443',
    verdict: 'allow',
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 1,
    ...more,
  };
}

const page = (...flows: Flow[]) => ({ instance: 'one', dropped: 0, flows });
const everything = { limit: 100, visible: () => true };
const ids = (flows: readonly DashboardFlow[]) => flows.map(({ id }) => id);

describe('FlowStore', () => {
  const start = (capacity = 100) => {
    const ended: DashboardFlow[] = [];
    const store = new FlowStore({ capacity, instance: 'here', onEnded: (flow) => ended.push(flow) });
    return { store, ended };
  };

  it('gives with a cursor what came after it', () => {
    const { store } = start();
    store.add('ns/a', page(flow(1), flow(2)));
    const first = store.read(everything);
    expect(ids(first.flows)).toEqual(['id-1', 'id-2']);
    store.add('ns/b', page(flow(1, { id: 'other' })));
    expect(ids(store.read({ ...everything, after: first.cursor }).flows)).toEqual(['other']);
  });

  it.each([
    ['of another start', 'gone.7'],
    ['that is none', 'here'],
    ['of nonsense', '../../etc.1'],
  ])('begins anew with a cursor %s', (_, after) => {
    const { store } = start();
    store.add('ns/a', page(flow(1)));
    expect(store.read({ ...everything, after })).toMatchObject({ reset: true, flows: [{ id: 'id-1' }] });
  });

  it('comes in pages that together are all, each once', () => {
    const { store } = start();
    store.add('ns/a', page(...Array.from({ length: 25 }, (_, index) => flow(index))));
    const seen: (string | undefined)[] = [];
    let after = '';
    let more = true;
    while (more) {
      const answer = store.read({ ...everything, limit: 10, after });
      expect(answer.flows.length).toBeLessThanOrEqual(10);
      seen.push(...ids(answer.flows));
      ({ cursor: after, more } = answer);
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `id-${index}`));
  });

  it('shows what is visible alone, and moves its cursor past the rest', () => {
    const { store } = start();
    store.add('ns/a', page(flow(1), flow(2, { namespace: 'bank' })));
    const visible = (namespace?: string) => namespace === 'shop';
    const answer = store.read({ limit: 100, visible });
    expect(ids(answer.flows)).toEqual(['id-1']);
    expect(store.read({ limit: 100, visible, after: answer.cursor }).flows).toEqual([]);
  });

  it('lets an open tunnel give way to its end, and counts it then', () => {
    const { store, ended } = start();
    store.add('ns/a', page(flow(1, { id: 'tunnel', state: 'open' })));
    expect(ended).toEqual([]);
    const { cursor } = store.read(everything);
    store.add('ns/a', page(flow(2, { id: 'tunnel' })));
    const { flows } = store.read({ ...everything, after: cursor });
    expect(flows).toMatchObject([{ id: 'tunnel', state: 'closed' }]);
    expect(store.size).toBe(1);
    expect(ended).toHaveLength(1);
  });

  it('keeps two requests that share an id apart', () => {
    const { store, ended } = start();
    store.add('ns/a', page(flow(1, { id: 'same' }), flow(2, { id: 'same' })));
    expect(new Set(store.read(everything).flows.map(({ key }) => key)).size).toBe(2);
    expect(ended).toHaveLength(2);
  });

  it('remembers the newest of too many', () => {
    const { store } = start(3);
    store.add('ns/a', page(...[1, 2, 3, 4, 5].map((seq) => flow(seq))));
    expect(ids(store.read(everything).flows)).toEqual(['id-3', 'id-4', 'id-5']);
  });

  it('forgets the open tunnels of an agent that is gone, and those alone', () => {
    const { store } = start();
    store.add('ns/a', page(flow(1, { state: 'open' }), flow(2)));
    store.add('ns/b', page(flow(3, { state: 'open' })));
    store.forgetOpen('ns/a');
    expect(ids(store.read(everything).flows)).toEqual(['id-2', 'id-3']);
  });

  it('adds up what came too fast', () => {
    const { store } = start();
    store.add('ns/a', { ...page(), dropped: 3 });
    store.add('ns/a', { ...page(), dropped: 4 });
    expect(store.read(everything).missed).toBe(7);
  });
});

describe('TimeBuckets', () => {
  it('counts by time and outcome; what enforce would refuse has passed, too', () => {
    const buckets = new TimeBuckets();
    buckets.count('shop', NOW, 'allowed');
    buckets.count('shop', NOW + 1, 'wouldDeny');
    buckets.count('shop', NOW - STEP, 'denied');
    const { start, step, allowed, denied, wouldDeny } = buckets.series(['shop'], NOW);
    expect([start + step * (STEPS - 1), step]).toEqual([NOW, STEP]);
    expect([allowed.at(-1), wouldDeny.at(-1), denied.at(-1), denied.at(-2)]).toEqual([2, 1, 0, 1]);
  });

  it.each([
    ['now', 0, 1],
    ['the oldest step', (STEPS - 1) * STEP, 1],
    ['before it', STEPS * STEP, 0],
    ['a clock that is ahead', -STEP, 0],
  ])('%s', (_, ago, expected) => {
    const buckets = new TimeBuckets();
    buckets.count('shop', NOW - ago, 'denied');
    const { denied } = buckets.series(['shop'], NOW);
    expect(denied.reduce((sum, count) => sum + count, 0)).toBe(expected);
  });

  it('adds up the namespaces that are asked for, and no others', () => {
    const buckets = new TimeBuckets();
    for (const name of ['shop', 'bank', 'other']) buckets.count(name, NOW, 'allowed');
    expect(buckets.series(['shop', 'bank'], NOW).allowed.at(-1)).toBe(2);
  });

  it('forgets what is older than an hour', () => {
    const buckets = new TimeBuckets();
    buckets.count('shop', NOW, 'allowed');
    buckets.forgetBefore(NOW + STEPS * STEP);
    expect(buckets.series(['shop'], NOW).allowed.at(-1)).toBe(0);
  });
});

function target(more: Partial<TargetCount> = {}): TargetCount {
  return {
    target: 'api.example.com:443',
    verdict: 'allow',
    count: 2,
    bytesReceived: 10,
    bytesSent: 20,
    firstSeen: '2026-01-01T10:00:00Z',
    lastSeen: '2026-01-01T11:00:00Z',
    owners: ['Deployment/api'],
    ...more,
  };
}

const report = (targets: TargetCount[], rules: ActivityReport['rules'] = {}) => ({
  rules,
  namespaces: { shop: { requests: 5, denied: 1, dropped: 2, targets } },
});

describe('sumCounts', () => {
  it('adds up what several agents counted of one target', () => {
    const other = target({
      firstSeen: '2026-01-01T09:00:00Z',
      lastSeen: '2026-01-01T10:30:00Z',
      owners: ['Job/x'],
    });
    expect(sumCounts([report([target()]), report([other])], 'shop')).toEqual({
      requests: 10,
      denied: 2,
      dropped: 4,
      targets: [
        target({
          count: 4,
          bytesReceived: 20,
          bytesSent: 40,
          firstSeen: '2026-01-01T09:00:00Z',
          owners: ['Deployment/api', 'Job/x'],
        }),
      ],
    });
  });
  it('keeps outcomes and rules apart, the newest first', () => {
    const refused = target({ verdict: 'deny', reason: 'NoMatchingRule', lastSeen: '2026-01-01T11:30:00Z' });
    expect(sumCounts([report([target(), refused])], 'shop').targets).toEqual([refused, target()]);
  });
  it('is nothing where no agent knows the namespace', () => {
    expect(sumCounts([report([target()])], 'bank')).toMatchObject({ requests: 0, targets: [] });
  });
});

describe('writtenCounts', () => {
  const { bytesReceived: _, bytesSent: __, reason: ___, ...written } = target({ rule: 'shop/a#0' });
  const refused = { ...written, rule: 'deny#0', verdict: 'deny' as const, reason: 'DeniedByRule' };
  it('is what the controller wrote down, in the form that agents tell it', () => {
    const counts = writtenCounts({ requests: 9, denied: 2, targets: [written, refused] });
    expect(counts).toMatchObject({
      requests: 9,
      denied: 2,
      dropped: 0,
      targets: [{ count: 2, bytesSent: 0 }, refused],
    });
    expect([...rulesOf(counts)]).toEqual([['shop/a#0', { count: 2, lastSeen: written.lastSeen }]]);
  });
  it('is nothing before the controller has written', () => {
    expect(writtenCounts({})).toEqual({ requests: 0, denied: 0, targets: [], dropped: 0 });
  });
});

describe('countWouldDeny', () => {
  it('counts what only observe let pass', () => {
    const counts = sumCounts([report([target(), target({ wouldDeny: true, count: 7 })])], 'shop');
    expect(countWouldDeny(counts)).toBe(7);
  });
});

describe('sumRules', () => {
  it('adds up uses and takes the last', () => {
    const [early, late] = ['2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z'];
    const reports = [
      report([], { 'shop/a#0': { count: 1, lastSeen: late }, 'shop/b#0': { count: 4, lastSeen: early } }),
      report([], { 'shop/a#0': { count: 2, lastSeen: early } }),
    ];
    expect(Object.fromEntries(sumRules(reports))).toEqual({
      'shop/a#0': { count: 3, lastSeen: late },
      'shop/b#0': { count: 4, lastSeen: early },
    });
  });
});
