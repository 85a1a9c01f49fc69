import { describe, expect, it } from 'vitest';
import { GivenAnswers } from './given-answers.ts';

describe('GivenAnswers', () => {
  it('finds what was given under a number, and the newest are many', () => {
    const given = new GivenAnswers<string>();
    const first = given.give('first');
    const numbers = Array.from({ length: 16_383 }, (_, index) => given.give(`${index}`));
    expect(given.find(first)).toBe('first');
    expect(numbers.map((number) => given.find(number))).toEqual(numbers.map((_, index) => `${index}`));
    given.give('one more');
    expect(given.find(first)).toBeUndefined();
  });

  it('takes no other number for it', () => {
    const given = new GivenAnswers<string>();
    const number = given.give('first');
    for (const other of [0, -1, number + 1, number + 16_384, Number.NaN])
      expect(given.find(other)).toBeUndefined();
  });
});
