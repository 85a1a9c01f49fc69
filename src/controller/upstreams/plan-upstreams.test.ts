import { describe, expect, test } from 'vitest';
import type { UpstreamHealth } from '../../api/index.ts';
import { planUpstreams, type UpstreamsInput } from './plan-upstreams.ts';

const since = '2026-01-01T00:00:00.000Z';
const up: UpstreamHealth = { name: 'int', healthy: true, since };
const down: UpstreamHealth = { name: 'int', healthy: false, since, lastError: '10.0.0.1: ECONNREFUSED' };
const reports = (...health: UpstreamHealth[]) =>
  health.map((each, index) => ({ replica: `proxy-${index}`, upstreams: [each] }));

const plan = (input: Partial<UpstreamsInput>) =>
  planUpstreams({
    upstreams: [{ name: 'int', host: 'int.example', port: 3128 }],
    reports: [],
    addresses: new Map([['int', ['10.0.0.2', '10.0.0.1']]]),
    missing: new Map(),
    previous: undefined,
    now: Date.parse('2026-01-02T00:00:00Z'),
    ...input,
  });

describe('planUpstreams', () => {
  test.each<[string, Partial<UpstreamsInput>, object, string]>([
    ['every replica reaches it', { reports: reports(up, up) }, { healthy: true }, 'True UpstreamsHealthy'],
    [
      'one does not',
      { reports: reports(up, down) },
      { healthy: false, lastError: '10.0.0.1: ECONNREFUSED (1 of 2 replicas)' },
      'False UpstreamDown',
    ],
    [
      'one of its addresses does not answer',
      { reports: reports({ ...up, lastError: '10.0.0.1: ETIMEDOUT' }) },
      { healthy: true, lastError: '10.0.0.1: ETIMEDOUT' },
      'True UpstreamsHealthy',
    ],
    [
      'its Secret does not exist, which running pods do not notice',
      { reports: reports(up), missing: new Map([['int', 'Secret a/b does not exist']]) },
      { healthy: false, lastError: 'Secret a/b does not exist' },
      'False UpstreamDown',
    ],
    [
      'no replica can be asked: the health is kept',
      { previous: [{ name: 'int', healthy: true, since }] },
      { healthy: true, since },
      'Unknown NoReadyReplica',
    ],
    [
      'no replica has reported its health yet',
      { reports: [{ replica: 'proxy-0', upstreams: [] }] },
      { healthy: false },
      'False UpstreamDown',
    ],
  ])('%s', (_, input, status, stated) => {
    const { upstreams, condition } = plan(input);
    expect(upstreams[0]).toMatchObject({ name: 'int', addresses: ['10.0.0.1', '10.0.0.2'], ...status });
    expect(`${condition.status} ${condition.reason}`).toBe(stated);
  });

  test('since changes only with healthy', () => {
    const previous = [{ name: 'int', healthy: true, since }];
    expect(plan({ previous, reports: reports(up) }).upstreams[0]?.since).toBe(since);
    expect(plan({ previous, reports: reports(down) }).upstreams[0]?.since).toBe('2026-01-02T00:00:00Z');
  });
});
