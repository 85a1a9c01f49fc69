import { describe, expect, it } from 'vitest';
import type { ActivityCounts, ActivityReport, Flow, TargetCount } from '../../api/index.ts';
import type { DashboardFlow } from '../wire.ts';
import { countWouldDeny, rulesOf, totalCounts, totalRequests } from './activity-totals.ts';
import { FlowTable } from './flow-table.ts';
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

describe('FlowTable', () => {
  const start = (capacity = 100) => {
    const ended: DashboardFlow[] = [];
    const store = new FlowTable({ capacity, instance: 'here', onEnded: (flow) => ended.push(flow) });
    return { store, ended };
  };

  it('returns with a cursor only what came after it', () => {
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
  ])('reads from the beginning with a cursor %s', (_, after) => {
    const { store } = start();
    store.add('ns/a', page(flow(1)));
    expect(store.read({ ...everything, after })).toMatchObject({ reset: true, flows: [{ id: 'id-1' }] });
  });

  it('returns pages that together contain every flow once', () => {
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

  it('returns only visible flows, and moves its cursor past the others', () => {
    const { store } = start();
    store.add('ns/a', page(flow(1), flow(2, { namespace: 'bank' })));
    const visible = (namespace?: string) => namespace === 'shop';
    const answer = store.read({ limit: 100, visible });
    expect(ids(answer.flows)).toEqual(['id-1']);
    expect(store.read({ limit: 100, visible, after: answer.cursor }).flows).toEqual([]);
  });

  it('replaces an open tunnel by its end, and counts it only then', () => {
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

  it('keeps two requests with the same id apart', () => {
    const { store, ended } = start();
    store.add('ns/a', page(flow(1, { id: 'same' }), flow(2, { id: 'same' })));
    expect(new Set(store.read(everything).flows.map(({ key }) => key)).size).toBe(2);
    expect(ended).toHaveLength(2);
  });

  it('drops the oldest at its capacity', () => {
    const { store } = start(3);
    store.add('ns/a', page(...[1, 2, 3, 4, 5].map((seq) => flow(seq))));
    expect(ids(store.read(everything).flows)).toEqual(['id-3', 'id-4', 'id-5']);
  });

  it('drops only the open tunnels of an agent that is gone', () => {
    const { store } = start();
    store.add('ns/a', page(flow(1, { state: 'open' }), flow(2)));
    store.add('ns/b', page(flow(3, { state: 'open' })));
    store.forgetOpen('ns/a');
    expect(ids(store.read(everything).flows)).toEqual(['id-2', 'id-3']);
  });

  it('sums missed flows', () => {
    const { store } = start();
    store.add('ns/a', { ...page(), dropped: 3 });
    store.add('ns/a', { ...page(), dropped: 4 });
    expect(store.read(everything).missed).toBe(7);
  });
});

describe('TimeBuckets', () => {
  it('counts by time and outcome; what enforce mode would deny counts as allowed too', () => {
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

  it('sums only the given namespaces', () => {
    const buckets = new TimeBuckets();
    for (const name of ['shop', 'bank', 'other']) buckets.count(name, NOW, 'allowed');
    expect(buckets.series(['shop', 'bank'], NOW).allowed.at(-1)).toBe(2);
  });

  it('drops what is older than an hour', () => {
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

const NAME = 'shop';
const report = (instance: string, requests: number, targets: TargetCount[]): ActivityReport => ({
  instance,
  pod: `egress-proxy/${instance}`,
  since: '2026-01-01T09:00:00Z',
  rules: {},
  namespaces: { [NAME]: { requests, denied: 1, dropped: 0, targets } },
});
const total = (written: ActivityCounts, ...reports: ActivityReport[]) =>
  totalCounts({ written, reports, namespace: NAME, now: NOW });

describe('totalCounts', () => {
  it('sums the counts of several agents', () => {
    expect(total({}, report('a', 2, [target()]), report('b', 2, [target()]))).toMatchObject({
      requests: 4,
      denied: 2,
      targets: [{ target: 'api.example.com:443', count: 4 }],
    });
  });
  it('counts nothing twice that the status includes, and keeps the counts of an agent that is gone', () => {
    const written = total({}, report('a', 2, [target()]));
    expect(total(written, report('a', 5, [target({ count: 5 })]))).toMatchObject({
      requests: 5,
      targets: [{ count: 5 }],
    });
    expect(total(written, report('new', 2, [target()]))).toMatchObject({
      requests: 4,
      targets: [{ count: 4 }],
    });
    expect(total(written)).toMatchObject({ requests: 2, targets: [{ count: 2 }] });
  });
  it('ignores other namespaces', () => {
    const reports = [report('a', 2, [target()])];
    expect(totalCounts({ written: {}, reports, namespace: 'bank', now: NOW })).toMatchObject({
      requests: 0,
      targets: [],
    });
  });
});

describe('totalRequests', () => {
  it('has the same sums as totalCounts', () => {
    const written = total({}, report('a', 2, [target()]));
    const reports = [report('a', 5, [target({ count: 5 })]), report('b', 7, [target({ count: 7 })])];
    const input = { written, reports, namespace: NAME, now: NOW };
    const { requests, denied } = totalCounts(input);
    expect(totalRequests(input)).toEqual({ requests, denied });
    expect(requests).toBe(12);
  });
});

describe('countWouldDeny', () => {
  it('counts what only observe mode allowed', () => {
    expect(countWouldDeny(total({}, report('a', 9, [target(), target({ wouldDeny: true, count: 7 })])))).toBe(
      7,
    );
  });
});

describe('rulesOf', () => {
  it('sums uses and finds the last one; what enforce mode would deny is not a use', () => {
    const [early, late] = ['2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z'];
    const common = { verdict: 'allow' as const, firstSeen: early };
    const targets = [
      { ...common, target: 'a.example.com:443', rule: 'shop/a#0', count: 1, lastSeen: late },
      { ...common, target: 'b.example.com:443', rule: 'shop/a#0', count: 2, lastSeen: early },
      { ...common, target: 'c.example.com:443', rule: 'deny#0', wouldDeny: true, count: 4, lastSeen: late },
      {
        ...common,
        target: 'd.example.com:443',
        rule: 'deny#0',
        verdict: 'deny' as const,
        count: 4,
        lastSeen: late,
      },
    ];
    expect(Object.fromEntries(rulesOf({ targets }))).toEqual({ 'shop/a#0': { count: 3, lastSeen: late } });
  });
});
