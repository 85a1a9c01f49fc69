import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isWithinQuota,
  placeInQuota,
  quotaFaults,
  quotaOf,
  totalsOf,
  withinQuota,
} from './namespace-quota.ts';

const set = (name: string, targets: number, creationTimestamp?: string) => ({
  metadata: { name, creationTimestamp },
  spec: { targets: Array.from({ length: targets }, (_, index) => `h${index}.example.com:443`) },
});
const namesOf = (sets: readonly { metadata: { name: string } }[]) =>
  sets.map(({ metadata }) => metadata.name);

describe('withinQuota', () => {
  it.each([
    ['all of them', [set('a', 2), set('b', 2)], ['a', 'b']],
    ['the first by name, if they are equally old', [set('c', 1), set('b', 1), set('a', 1)], ['a', 'b']],
    [
      'the oldest',
      [
        set('a', 1, '2026-01-02T00:00:00Z'),
        set('z', 1, '2026-01-01T00:00:00Z'),
        set('b', 1, '2026-01-03T00:00:00Z'),
      ],
      ['z', 'a'],
    ],
    ['none after the one that exceeds the targets', [set('a', 3), set('b', 3), set('c', 1)], ['a']],
    ['none that exceeds the targets alone', [set('a', 6)], []],
  ])('is %s', (_, sets, expected) => {
    expect(namesOf(withinQuota(sets, { ruleSets: 2, targets: 5 }))).toEqual(expected);
  });

  const sets = fc
    .uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        targets: fc.nat(4),
        day: fc.constantFrom('1', '2', '3'),
      }),
      { selector: ({ name }) => name },
    )
    .map((list) => list.map(({ name, targets, day }) => set(name, targets, `2026-01-0${day}T00:00:00Z`)));
  const quotas = fc.record({ ruleSets: fc.nat(4), targets: fc.nat(8) });

  it('does not depend on the order, and agrees with the place of each set', () => {
    fc.assert(
      fc.property(sets, quotas, fc.boolean(), (all, quota, reversed) => {
        const granted = namesOf(withinQuota(reversed ? all.toReversed() : all, quota));
        const placed = all.filter((each) => isWithinQuota(placeInQuota(each, all), quota));
        expect(new Set(granted)).toEqual(new Set(namesOf(placed)));
      }),
    );
  });

  it('never loses a set because a newer one is added', () => {
    fc.assert(
      fc.property(sets, quotas, fc.nat(4), (all, quota, targets) => {
        const newer = set('newest', targets, '2026-02-01T00:00:00Z');
        expect(namesOf(withinQuota([...all, newer], quota))).toEqual(
          expect.arrayContaining(namesOf(withinQuota(all, quota))),
        );
      }),
    );
  });
});

describe('quotaOf', () => {
  it('takes each limit from the EgressProxy or the default', () => {
    expect(quotaOf({})).toEqual({ ruleSets: 200, targets: 5000 });
    expect(quotaOf({ limits: { targetsPerNamespace: 7 } })).toEqual({ ruleSets: 200, targets: 7 });
  });
});

describe('quotaFaults', () => {
  const quota = { ruleSets: 3, targets: 10 };
  const spec = (targets: number) => set('x', targets).spec;
  const others = (ruleSets: number, targets: number) => ({ ruleSets, targets });
  it.each([
    ['a new set within both', spec(4), undefined, others(2, 6), []],
    ['a new set beyond the number of sets', spec(1), undefined, others(3, 3), ['metadata.name']],
    ['a new set beyond the targets', spec(5), undefined, others(2, 6), ['spec.targets']],
    ['a new set beyond both', spec(5), undefined, others(4, 9), ['metadata.name', 'spec.targets']],
    ['a change that grows beyond the targets', spec(5), spec(4), others(2, 6), ['spec.targets']],
    ['a change that does not grow', spec(5), spec(5), others(9, 99), []],
    ['a change that shrinks', spec(4), spec(5), others(9, 99), []],
  ])('%s', (_, next, before, rest, expected) => {
    const faults = quotaFaults({ spec: next, before, others: rest, quota });
    expect(faults.map(({ field }) => field)).toEqual(expected);
    for (const { reason } of faults) expect(reason).toBe('TooMany');
  });

  it('stores nothing beyond the quota, one set after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6)), (sizes) => {
        const stored: ReturnType<typeof set>[] = [];
        for (const [index, size] of sizes.entries()) {
          const next = set(`s${index}`, size, `2026-01-01T00:00:${`${index}`.padStart(2, '0')}Z`);
          const check = { spec: next.spec, before: undefined, others: totalsOf(stored), quota };
          if (quotaFaults(check).length === 0) stored.push(next);
        }
        expect(withinQuota(stored, quota)).toHaveLength(stored.length);
      }),
    );
  });
});
