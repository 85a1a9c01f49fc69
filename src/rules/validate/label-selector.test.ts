import { describe, expect, it } from 'vitest';
import { matchesSelector } from './label-selector.ts';

describe('matchesSelector', () => {
  it.each([
    ['In', true, false],
    ['NotIn', false, true],
  ] as const)('%s reads its values once, however often it is evaluated', (operator, listed, absent) => {
    let reads = 0;
    const values = new Proxy(
      Array.from({ length: 1000 }, (_, index) => `v${index}`),
      {
        get(target, property, receiver) {
          reads += 1;
          return Reflect.get(target, property, receiver);
        },
      },
    );
    const selector = { matchExpressions: [{ key: 'tier', operator, values }] };
    expect(matchesSelector(selector, { tier: 'v999' })).toBe(listed);
    const first = reads;
    expect(first).toBeGreaterThanOrEqual(1000);
    for (let index = 0; index < 1000; index += 1) {
      expect(matchesSelector(selector, { tier: `v${index}` })).toBe(listed);
    }
    expect(matchesSelector(selector, {})).toBe(absent);
    expect(reads).toBe(first);
  });
});
