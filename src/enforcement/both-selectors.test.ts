import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LabelSelector } from '../api/index.ts';
import { matchesSelector } from '../rules/index.ts';
import { bothSelectors } from './both-selectors.ts';

const key = fc.constantFrom('app', 'tier');
const value = fc.constantFrom('a', 'b');
const selector = fc.option(
  fc.record(
    {
      matchLabels: fc.dictionary(key, value),
      matchExpressions: fc.array(
        fc.oneof(
          fc.record({
            key,
            operator: fc.constantFrom('In' as const, 'NotIn' as const),
            values: fc.array(value),
          }),
          fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
        ),
      ),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
) as fc.Arbitrary<LabelSelector | undefined>;

describe('bothSelectors', () => {
  test('matches what both match', () => {
    fc.assert(
      fc.property(selector, selector, fc.dictionary(key, value), (a, b, labels) => {
        const expected = matchesSelector(a, labels) && matchesSelector(b, labels);
        expect(matchesSelector(bothSelectors(a, b), labels)).toBe(expected);
      }),
    );
  });
});
