import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { AuditRecord } from '../../api/index.ts';
import { systemClock } from '../../time/index.ts';
import { AskedRecords } from './asked-records.ts';

function start(isObserved = false) {
  let passed = 0;
  const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 29) + passed, monotonic: () => passed };
  const records = new AskedRecords({
    asker: () => ({ identity: { namespace: 'shop', pod: 'web' }, isObserved }),
    clock,
  });
  return {
    records,
    pass: (ms: number) => {
      passed += ms;
    },
  };
}

const client = '10.244.1.7';
const many = (length: number) =>
  Array.from({ length }, (_, index) => ({ client, name: `${index}.x.evil.co.uk`, queries: 2 }));

describe('AskedRecords', () => {
  it('makes one record of a name in five seconds', () => {
    const { records, pass } = start();
    records.add([{ client, name: 'a.evil.test', queries: 2 }]);
    pass(1000);
    records.add([{ client, name: 'a.evil.test', queries: 3 }]);
    expect(records.due()).toEqual([]);
    pass(4000);
    const [record, ...rest] = records.due();
    expect(rest).toEqual([]);
    expect(record).toEqual({
      time: '2026-11-29T00:00:00.000Z',
      namespace: 'shop',
      pod: 'web',
      client,
      method: 'DNS',
      target: 'a.evil.test:53',
      queries: 5,
      verdict: 'deny',
      reason: 'NameOutsideCluster',
      bytesReceived: 0,
      bytesSent: 0,
      durationMs: 0,
    });
    expect(Value.Check(AuditRecord, record)).toBe(true);
    expect(records.due()).toEqual([]);
  });

  it('makes one record of a tunnel: many names below one registrable domain', () => {
    const { records } = start();
    records.add([...many(40), { client, name: 'ordinary.test', queries: 1 }]);
    expect(records.take().map(({ target, queries }) => [target, queries])).toEqual([
      ['*.evil.co.uk:53', 80],
      ['ordinary.test:53', 1],
    ]);
  });

  it('says in observe mode what enforce mode would refuse', () => {
    const { records } = start(true);
    records.add([{ client, name: 'a.test', queries: 1 }]);
    expect(records.take()).toMatchObject([{ verdict: 'allow', wouldDeny: true }]);
  });

  it('has a limited number of records and loses no query, whatever names are asked', () => {
    const { records } = start();
    const domains = Array.from({ length: 5000 }, (_, index) => ({
      client,
      name: `d${index}.test`,
      queries: 1,
    }));
    records.add(domains);
    const taken = records.take();
    expect(taken.length).toBeLessThanOrEqual(1010);
    expect(taken.reduce((sum, { queries = 0 }) => sum + queries, 0)).toBe(5000);
  });
});
