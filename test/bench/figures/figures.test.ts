import { describe, expect, it } from 'vitest';
import { inRound, interleave } from './interleave.ts';
import { difference, pairwise, quantile, ratio, summarize } from './summary.ts';

describe('summarize', () => {
  it.each([
    { name: 'one value', values: [3], summary: { min: 3, median: 3, max: 3 } },
    { name: 'an odd number, in any order', values: [10, 2, 9], summary: { min: 2, median: 9, max: 10 } },
    { name: 'an even number', values: [4, 1, 2, 10], summary: { min: 1, median: 3, max: 10 } },
  ])('$name', ({ values, summary }) => {
    expect(summarize(values)).toEqual(summary);
  });

  it('refuses an empty list', () => {
    expect(() => summarize([])).toThrow('nothing was measured');
  });
});

describe('pairwise', () => {
  it('compares the rounds one by one, not the medians', () => {
    // A machine that was half as fast in the second round leaves the ratio as it is.
    expect(pairwise([90, 45], [100, 50], ratio)).toEqual({ min: 0.9, median: 0.9, max: 0.9 });
    expect(pairwise([3, 5], [1, 1], difference)).toEqual({ min: 2, median: 3, max: 4 });
  });

  it('refuses lists of different lengths', () => {
    expect(() => pairwise([1], [1, 2], ratio)).toThrow('1 rounds against 2');
  });
});

describe('quantile', () => {
  it.each([
    [0, 1],
    [0.5, 3],
    [0.99, 4],
    [1, 4],
  ])('%d', (share, value) => {
    expect(quantile([4, 2, 1, 3], share)).toBe(value);
  });
});

describe('interleave', () => {
  it('lets everybody begin a round in turn, and keeps the order of the rounds', async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      measure: async () => order.push(name),
    });
    const figures = await interleave(['a', 'b', 'c'].map(contender), { rounds: 3, progress: () => {} });
    expect(order.join('')).toBe('abcbaccab');
    expect(figures.get('a')).toEqual([1, 5, 8]);
  });
});

describe('inRound', () => {
  it('goes around, forwards and backwards', () => {
    expect([0, 1, 2, 3, 4, 5].map((round) => inRound(['a', 'b', 'c', 'd'], round).join(''))).toEqual([
      'abcd',
      'badc',
      'cdab',
      'dcba',
      'abcd',
      'badc',
    ]);
  });

  it('knows an empty list', () => {
    expect(inRound([], 3)).toEqual([]);
  });
});
