import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityTarget, EgressActivity } from '../../api/index.ts';
import { rankActivity } from './index.ts';

const seen = (target: string, count: number, more: Partial<ActivityTarget> = {}): ActivityTarget => ({
  target,
  verdict: 'allow',
  count,
  firstSeen: '2026-11-20T12:00:00.000Z',
  lastSeen: '2026-11-28T12:00:00.000Z',
  owners: ['Deployment/api'],
  ...more,
});
const activity = (namespace: string, ...targets: ActivityTarget[]): EgressActivity => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressActivity',
  metadata: { namespace, name: 'observed' },
  status: { targets },
});

const cluster = [
  activity(
    'a',
    seen('x:443', 3),
    seen('y:443', 1, { verdict: 'deny', lastSeen: '2026-11-29T12:00:00.000Z' }),
  ),
  activity('b', seen('x:443', 2, { wouldDeny: true, owners: ['Job/z', 'Job/w'] })),
];
const rank = (
  subject: 'namespaces' | 'workloads' | 'targets',
  order: 'requests' | 'denied' | 'last',
  since = '',
) =>
  rankActivity(cluster, { subject, order, since }).map(({ name, requests, denied }) => [
    name,
    requests,
    denied,
  ]);

describe('rankActivity', () => {
  it('sums by namespace, workload and target, the largest first', () => {
    expect(rank('namespaces', 'requests')).toEqual([
      ['a', 4, 1],
      ['b', 2, 2],
    ]);
    expect(rank('targets', 'requests')).toEqual([
      ['x:443', 5, 2],
      ['y:443', 1, 1],
    ]);
    expect(rank('workloads', 'requests')).toEqual([
      ['a/Deployment/api', 4, 1],
      ['b/Job/w', 2, 2],
      ['b/Job/z', 2, 2],
    ]);
  });

  it('sorts by refusals and by time, and leaves out what is older', () => {
    expect(rank('namespaces', 'denied').map(([name]) => name)).toEqual(['b', 'a']);
    expect(rank('targets', 'last').map(([name]) => name)).toEqual(['y:443', 'x:443']);
    expect(rank('targets', 'requests', '2026-11-29')).toEqual([['y:443', 1, 1]]);
  });

  it('counts every request once by namespace and by target', () => {
    const targets = fc.array(fc.tuple(fc.constantFrom('x:443', 'y:443'), fc.nat(1000)));
    fc.assert(
      fc.property(fc.array(targets), (namespaces) => {
        const activities = namespaces.map((each, at) =>
          activity(`n${at}`, ...each.map(([name, count]) => seen(name, count))),
        );
        const total = namespaces.flat().reduce((sum, [, count]) => sum + count, 0);
        for (const subject of ['namespaces', 'targets'] as const) {
          const ranked = rankActivity(activities, { subject, order: 'requests', since: '' });
          expect(ranked.reduce((sum, { requests }) => sum + requests, 0)).toBe(total);
        }
      }),
    );
  });
});
