import { describe, expect, test } from 'vitest';
import type { Condition } from '../api/index.ts';
import { type ConditionUpdate, listNames, mergeConditions } from './conditions.ts';

const update: ConditionUpdate = { type: 'Ready', status: 'True', reason: 'Ready', message: 'it is' };
const before: Condition = {
  ...update,
  message: 'it was',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
};
const context = { generation: 2, now: Date.parse('2026-02-01T00:00:00.123Z') };

describe('mergeConditions', () => {
  test('the time changes with the status and with nothing else', () => {
    expect(mergeConditions([before], [update], context)).toEqual([
      { ...update, lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 },
    ]);
    const [fell] = mergeConditions([before], [{ ...update, status: 'False' }], context);
    expect(fell?.lastTransitionTime).toBe('2026-02-01T00:00:00Z');
  });

  test('merging is idempotent', () => {
    const once = mergeConditions(undefined, [update], context);
    expect(mergeConditions(once, [update], { ...context, now: context.now + 60_000 })).toEqual(once);
  });
});

test('listNames shows a few and counts the rest', () => {
  const names = Array.from({ length: 12 }, (_, index) => `pod-${String(index).padStart(2, '0')}`);
  expect(listNames(['b', 'a'])).toBe('a, b');
  expect(listNames(names)).toBe(
    'pod-00, pod-01, pod-02, pod-03, pod-04, pod-05, pod-06, pod-07, pod-08, pod-09 and 2 more',
  );
});
