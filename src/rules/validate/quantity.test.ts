import { describe, expect, it } from 'vitest';
import { parseBytes } from './quantity.ts';

describe('parseBytes', () => {
  it.each([
    ['64Mi', 67_108_864],
    ['1G', 1e9],
    ['512', 512],
    ['1.5Gi', 1_610_612_736],
    ['0.3', undefined],
    ['1.Gi', undefined],
    ['100m', undefined],
    ['1e9', undefined],
    ['', undefined],
    ['x', undefined],
  ])('%s', (quantity, bytes) => {
    expect(parseBytes(quantity)).toBe(bytes);
  });
});
