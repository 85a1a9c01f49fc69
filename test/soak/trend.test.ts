import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderTrends, trendOf } from './trend.ts';

const reading = (at: number, megabytes: number, descriptors = 20) => ({
  at,
  memoryBytes: megabytes * 1e6,
  descriptors,
});

describe('trendOf', () => {
  test('is the slope of memory in an hour', () => {
    expect(trendOf([reading(0, 100), reading(60, 110), reading(120, 120)])).toMatchObject({
      firstMB: 100,
      lastMB: 120,
      megabytesPerHour: 600,
    });
  });

  test('does not rise with a peak in the middle', () => {
    expect(trendOf([reading(0, 100), reading(60, 400), reading(120, 100)]).megabytesPerHour).toBe(0);
  });

  test('compares the descriptors of both halves', () => {
    const readings = [reading(0, 1, 10), reading(1, 1, 30), reading(2, 1, 20), reading(3, 1, 12)];
    expect(trendOf(readings).descriptors).toEqual([30, 20]);
  });

  test('of a line is the slope of the line, whenever it is read', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 3600 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(times, fc.integer({ min: -50, max: 50 }), (each, rise) => {
        const readings = each.toSorted((a, b) => a - b).map((at) => reading(at, 500 + (rise * at) / 3600));
        expect(trendOf(readings).megabytesPerHour).toBeCloseTo(rise, 3);
      }),
    );
  });
});

describe('renderTrends', () => {
  test('is a table of Markdown', () => {
    const trend = trendOf([reading(0, 100), reading(3600, 101)]);
    expect(
      renderTrends(new Map([['agent', trend]]))
        .split('\n')
        .at(-1),
    ).toBe('| agent | 100 to 101 MB | 1 MB/h | 20, then 20 |');
  });
});
