import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../api/index.ts';
import { Tally, type TallyLimits } from './tally.ts';

const START = Date.parse('2026-11-21T10:00:00Z');

function record(more: Partial<AuditRecord> & { at?: number } = {}): AuditRecord {
  const { at = 0, ...fields } = more;
  return {
    id: 'x',
    time: new Date(START + at).toISOString(),
    namespace: 'my-app',
    target: 'h.example:443',
    verdict: 'allow',
    bytesReceived: 1,
    bytesSent: 2,
    durationMs: 500,
    ...fields,
  };
}

function counted(records: readonly AuditRecord[], limits: Partial<TallyLimits> = {}) {
  const tally = new Tally({ instance: 'i', pod: 'squid-0', since: '', limits });
  for (const one of records) tally.count(one);
  return tally.report([], '').namespaces;
}

describe('Tally', () => {
  it('counts tunnels with a fault of TLS apart, whatever their reason is', () => {
    const withoutRule = { wouldDeny: true, reason: 'NoMatchingRule' } as const;
    const { 'my-app': counts } = counted([
      record(withoutRule),
      record({ ...withoutRule, tlsFault: 'NotTLS' }),
      record({ ...withoutRule, tlsFault: 'NotTLS' }),
    ]);
    expect(counts?.targets.map(({ reason, tlsFault, count }) => [reason, tlsFault, count])).toEqual([
      ['NoMatchingRule', undefined, 1],
      ['NoMatchingRule', 'NotTLS', 2],
    ]);
  });

  it('counts equal records together, from the first arrival to the last end', () => {
    expect(
      counted([
        record({ at: 1000, owner: 'Deployment/a' }),
        record({ at: 0, owner: 'Deployment/b' }),
        record({ at: 2000, durationMs: 0 }),
      ]),
    ).toEqual({
      'my-app': {
        requests: 3,
        denied: 0,
        dropped: 0,
        targets: [
          {
            target: 'h.example:443',
            verdict: 'allow',
            count: 3,
            bytesReceived: 3,
            bytesSent: 6,
            firstSeen: '2026-11-21T10:00:00.000Z',
            lastSeen: '2026-11-21T10:00:02.000Z',
            owners: ['Deployment/b', 'Deployment/a'],
          },
        ],
      },
    });
  });

  it.each<[string, Partial<AuditRecord>]>([
    ['another verdict', { verdict: 'deny' }],
    ['another reason', { reason: 'NoMatchingRule' }],
    ['another rule', { rule: 'my-app/other#0' }],
    ['what enforce would refuse', { wouldDeny: true }],
  ])('keeps apart %s', (_, more) => {
    expect(counted([record(), record(more)])['my-app']?.targets).toHaveLength(2);
  });

  it('drops the least recently seen target, and counts its requests as dropped', () => {
    const targets = ['a:1', 'b:1', 'a:1', 'c:1'];
    const counts = counted(
      targets.map((target) => record({ target })),
      { targetsOfNamespace: 2 },
    );
    expect(counts['my-app']).toMatchObject({
      requests: 4,
      dropped: 1,
      targets: [{ target: 'a:1', count: 2 }, { target: 'c:1' }],
    });
  });

  it('counts clients that are not pods under an empty name', () => {
    const { namespace: _none, ...noPod } = record();
    expect(Object.keys(counted([noPod]))).toEqual(['']);
  });

  it('names the newest owners', () => {
    const owners = ['a', 'b', 'c', 'b'].map((owner) => record({ owner }));
    expect(counted(owners, { owners: 2 })['my-app']?.targets[0]?.owners).toEqual(['b', 'c']);
  });

  it('reports how often and when each rule last decided; a rule with an open tunnel is in use now', () => {
    const tally = new Tally({ instance: 'i', pod: 'squid-0', since: '' });
    tally.count(record({ rule: 'my-app/a#0' }));
    tally.count(record({ rule: 'my-app/a#0', at: 9500 }));
    tally.count(record({ rule: 'my-app/b#1' }));
    expect(tally.report(['my-app/b#1', 'base#0'], '2026-11-22T00:00:00.000Z').rules).toEqual({
      'my-app/a#0': { count: 2, lastSeen: '2026-11-21T10:00:10.000Z' },
      'my-app/b#1': { count: 1, lastSeen: '2026-11-22T00:00:00.000Z' },
      'base#0': { count: 0, lastSeen: '2026-11-22T00:00:00.000Z' },
    });
  });

  it('shows one namespace without the rules of all', () => {
    const tally = new Tally({ instance: 'i', pod: 'squid-0', since: '' });
    for (const namespace of ['a', 'b']) tally.count(record({ namespace, rule: `${namespace}/r#0` }));
    const report = tally.report([], '', ['b', 'c']);
    expect([Object.keys(report.namespaces), report.rules]).toEqual([['b'], {}]);
  });

  it('whatever comes, totals are exact and nothing grows past its limit', () => {
    const limits = { targetsOfNamespace: 3, targets: 5, namespaces: 10 };
    const requests = fc.array(
      fc.record({
        namespace: fc.constantFrom('a', 'b', 'c'),
        target: fc.constantFrom('1', '2', '3', '4', '5', '6'),
        verdict: fc.constantFrom('allow' as const, 'deny' as const),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(requests, (made) => {
        const counts = counted(made.map(record), limits);
        const all = Object.values(counts).flatMap(({ targets }) => targets);
        expect(all.length).toBeLessThanOrEqual(limits.targets);
        for (const [namespace, { requests, denied, targets, dropped }] of Object.entries(counts)) {
          const own = made.filter((one) => one.namespace === namespace);
          expect(requests).toBe(own.length);
          expect(denied).toBe(own.filter(({ verdict }) => verdict === 'deny').length);
          expect(targets.length).toBeLessThanOrEqual(limits.targetsOfNamespace);
          expect(targets.reduce((sum, { count }) => sum + count, dropped)).toBe(requests);
        }
      }),
    );
  });

  it('drops the least recently seen namespace at the limit', () => {
    const records = ['a', 'b', 'a', 'c'].map((namespace) => record({ namespace }));
    expect(Object.keys(counted(records, { namespaces: 2 }))).toEqual(['a', 'c']);
  });
});
