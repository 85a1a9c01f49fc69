import { describe, expect, test } from 'vitest';
import { recoveryOf, type Sample } from './recovery.ts';

/** A request each 10 ms from one second to another, each of which takes so long. */
const served = (from: number, to: number, tookMs: number): Sample[] =>
  Array.from({ length: (to - from) * 100 }, (_, index) => ({ at: from * 1000 + index * 10, tookMs }));

describe('recoveryOf', () => {
  const before = [...served(0, 3, 5), { at: 2999, tookMs: 6 }];

  test('is at its end when the victim is served as before then', () => {
    const samples = [...before, ...served(3, 8, 40), ...served(8, 12, 5)];
    expect(recoveryOf(samples, 3000, 8000)).toEqual({ beforeMs: 5, duringMs: 40, seconds: 0 });
  });

  test('counts the seconds until one begins that is as good as the worst before', () => {
    const samples = [...before, ...served(3, 8, 40), ...served(8, 10, 9), ...served(10, 13, 5)];
    expect(recoveryOf(samples, 3000, 8000).seconds).toBe(2);
  });

  test('is unknown while no second is as before, also where nothing is answered', () => {
    expect(recoveryOf([...before, ...served(3, 12, 40)], 3000, 8000).seconds).toBeUndefined();
    const late = [12_000, 13_000].map((at) => ({ at, tookMs: 4 }));
    expect(recoveryOf([...before, ...late], 3000, 8000).seconds).toBe(3.1);
  });
});
