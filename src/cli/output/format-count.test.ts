import { describe, expect, it } from 'vitest';
import { formatCount } from './format-count.ts';

describe('formatCount', () => {
  it.each([
    [1, ['request'], '1 request'],
    [0, ['request'], '0 requests'],
    [1, ['query', 'queries'], '1 query'],
    [3, ['query', 'queries'], '3 queries'],
  ] as const)('%d %s', (count, [noun, many], expected) => {
    expect(formatCount(count, noun, many)).toBe(expected);
  });
});
