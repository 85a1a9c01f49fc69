import { describe, expect, it } from 'vitest';
import { untilTick } from './clock.ts';

describe('untilTick', () => {
  it.each([
    ['a whole period after a tick', 3000, 1000],
    ['until the next tick', 3001, 999],
    ['until the next tick, when half of the period is left', 3500, 500],
    ['past a tick that is near', 3501, 1499],
    ['past the tick that a timer fired too early for', 3999.5, 1000.5],
  ])('is %s', (_, now, expected) => {
    expect(untilTick({ monotonic: () => now }, 1000)).toBe(expected);
  });
});
