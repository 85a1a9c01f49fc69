import { describe, expect, it } from 'vitest';
import { canonicalAddress } from './canonical-address.ts';

describe('canonicalAddress', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['2001:DB8:0:0::5', '2001:db8::5'],
    ['[fd00::7]', 'fd00::7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['-', '-'],
  ])('%s', (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });
});
