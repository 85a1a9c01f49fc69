import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FamilyAnswer,
  GRACE,
  type KnownName,
  LONGEST_TTL,
  learnAnswers,
  MOST_ADDRESSES,
  rememberAddresses,
  SHORTEST_TTL,
} from './follow-name.ts';

const answered = (addresses: string[], ttlSeconds = 60): FamilyAnswer => {
  return { family: 4, kind: 'answered', addresses, ttlSeconds };
};
const failed: FamilyAnswer = { family: 4, kind: 'failed', message: 'the DNS look-up failed (ETIMEOUT)' };
const none: FamilyAnswer = { family: 6, kind: 'answered', addresses: [], ttlSeconds: 0 };
const addressesOf = (known: KnownName) => known.addresses.map(({ address }) => address).sort();
const learnAll = (steps: [at: number, answer: FamilyAnswer][]): KnownName =>
  steps.reduce<KnownName | undefined>(
    (known, [at, answer]) => learnAnswers(known, [answer, none], at),
    undefined,
  ) as KnownName;

describe('learnAnswers', () => {
  test.each<[string, [number, FamilyAnswer][], string[]]>([
    ['the first answer', [[0, answered(['a'])]], ['a']],
    [
      'a change keeps the old address',
      [
        [0, answered(['a'])],
        [1000, answered(['b'])],
      ],
      ['a', 'b'],
    ],
    [
      'until its grace period is over',
      [
        [0, answered(['a'])],
        [GRACE, answered(['b'])],
      ],
      ['b'],
    ],
    [
      'a failed look-up removes no address',
      [
        [0, answered(['a'])],
        [10 * GRACE, failed],
      ],
      ['a'],
    ],
    [
      'nor does the time in which it fails count',
      [
        [0, answered(['a'])],
        [10 * GRACE, failed],
        [10 * GRACE + 1000, answered(['b'])],
      ],
      ['a', 'b'],
    ],
    [
      'the time before it counts',
      [
        [0, answered(['a'])],
        [GRACE - 1000, answered(['b'])],
        [GRACE, failed],
        [GRACE + 1000, answered(['b'])],
      ],
      ['b'],
    ],
    [
      'a name without addresses keeps the old ones for the grace period',
      [
        [0, answered(['a'])],
        [GRACE - 1, answered([])],
      ],
      ['a'],
    ],
    [
      'and not longer',
      [
        [0, answered(['a'])],
        [GRACE, answered([])],
      ],
      [],
    ],
    ['a name that never resolved has none', [[0, failed]], []],
  ])('%s', (_, steps, expected) => {
    expect(addressesOf(learnAll(steps))).toEqual(expected);
  });

  test.each<[string, FamilyAnswer[], number]>([
    ['the TTL', [answered(['a'], 60), none], 60],
    ['a short TTL', [answered(['a'], 0), none], SHORTEST_TTL],
    ['a long TTL', [answered(['a'], 86_400), none], LONGEST_TTL],
    [
      'the shorter of two families',
      [answered(['a'], 60), { ...none, addresses: ['::1'], ttlSeconds: 30 }],
      30,
    ],
    ['a failure', [failed, none], SHORTEST_TTL],
    ['no address', [answered([]), none], SHORTEST_TTL],
  ])('asks again after %s', (_, answers, seconds) => {
    expect(learnAnswers(undefined, answers, 5).askAt).toBe(5 + seconds * 1000);
  });

  test('one family that fails is reported and keeps its addresses', () => {
    const before = rememberAddresses(['192.0.2.1', '2001:db8::1'], 0);
    const known = learnAnswers(before, [failed, { ...none, addresses: ['2001:db8::2'], ttlSeconds: 60 }], 1);
    expect(addressesOf(known)).toEqual(['192.0.2.1', '2001:db8::1', '2001:db8::2']);
    expect(known.error).toBe('the DNS look-up failed (ETIMEOUT)');
    expect(learnAnswers(known, [answered(['192.0.2.1']), none], 2).error).toBeUndefined();
  });

  test('addresses that another leader opened are due for a look-up and survive a failed one', () => {
    const before = rememberAddresses(['192.0.2.1'], 7);
    expect(before.askAt).toBe(7);
    expect(addressesOf(learnAnswers(before, [failed, none], 8))).toEqual(['192.0.2.1']);
  });

  const address = fc.integer({ min: 0, max: 300 }).map((n) => `192.0.${n >> 8}.${n & 255}`);
  const answer = fc.oneof(
    fc.constant(failed),
    fc.array(address, { maxLength: 100 }).map((addresses) => answered(addresses)),
  );
  const history = fc.array(fc.tuple(fc.integer({ min: 1, max: GRACE }), answer), { maxLength: 20 });

  test('has every address of the last answer up to the limit', () => {
    fc.assert(
      fc.property(history, fc.array(address), (steps, last) => {
        let now = 0;
        let known: KnownName | undefined;
        for (const [after, each] of steps) {
          now += after;
          known = learnAnswers(known, [each, none], now);
        }
        const after = addressesOf(learnAnswers(known, [answered(last), none], now + 1));
        expect(after.length).toBeLessThanOrEqual(MOST_ADDRESSES);
        const distinct = new Set(last);
        const held = [...distinct].filter((each) => after.includes(each));
        expect(held.length).toBe(Math.min(distinct.size, MOST_ADDRESSES));
      }),
    );
  });

  test('no failure ever makes the list shorter', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 10 * GRACE }), (steps, later) => {
        let now = 0;
        let known: KnownName | undefined;
        for (const [after, each] of steps) {
          now += after;
          known = learnAnswers(known, [each, none], now);
        }
        const before = known === undefined ? [] : addressesOf(known);
        expect(addressesOf(learnAnswers(known, [failed, none], now + later))).toEqual(before);
      }),
    );
  });
});
