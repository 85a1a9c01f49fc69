import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Condition } from '../../api/index.ts';
import { mergeConditions } from '../conditions.ts';
import { type ExpiryInput, planExpiry } from './plan-expiry.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const noon = Date.parse('2026-01-10T12:00:00Z');
const was = (reason: string, status: 'True' | 'False', at = noon) => ({
  reason,
  status,
  lastTransitionTime: new Date(at).toISOString(),
});

describe('planExpiry', () => {
  test.each<[string, Partial<ExpiryInput>, string, number | undefined]>([
    ['a set that never expires', { expiresAt: Number.POSITIVE_INFINITY }, 'none', undefined],
    ['long before', { expiresAt: noon + 3 * DAY }, 'False ExpiresLater', 2 * DAY],
    [
      'a day before',
      { expiresAt: noon + DAY, before: was('ExpiresLater', 'False') },
      'False ExpiresSoon, Event',
      DAY,
    ],
    [
      'an hour later',
      { expiresAt: noon + 23 * HOUR, before: was('ExpiresSoon', 'False') },
      'False ExpiresSoon',
      23 * HOUR,
    ],
    ['made for two hours', { expiresAt: noon + 2 * HOUR }, 'False ExpiresSoon', 2 * HOUR],
    [
      'at its end',
      { expiresAt: noon, before: was('ExpiresSoon', 'False') },
      'True Expired, Event',
      undefined,
    ],
    ['at its end, to be deleted', { expiresAt: noon, removeAfter: DAY }, 'True Expired, Event', DAY],
    ['after its end', { expiresAt: noon - DAY, before: was('Expired', 'True') }, 'True Expired', undefined],
    [
      'when it is to be deleted',
      { expiresAt: noon - DAY, before: was('Expired', 'True', noon - DAY), removeAfter: DAY },
      'True Expired, delete',
      0,
    ],
    [
      'long after its end, of which the controller has learnt only now',
      { expiresAt: noon - 9 * DAY, removeAfter: DAY },
      'True Expired, Event',
      DAY,
    ],
    [
      'a clock that was set far ahead an hour ago',
      { expiresAt: noon - 900 * DAY, before: was('Expired', 'True', noon - HOUR), removeAfter: DAY },
      'True Expired',
      DAY - HOUR,
    ],
  ])('%s', (_, input, expected, nextMs) => {
    const plan = planExpiry({
      expiresAt: noon,
      now: noon,
      before: undefined,
      removeAfter: undefined,
      ...input,
    });
    const { condition } = plan;
    const texts = [
      condition === undefined ? 'none' : `${condition.status} ${condition.reason}`,
      ...(plan.isNews ? ['Event'] : []),
      ...(plan.remove ? ['delete'] : []),
    ];
    expect(texts.join(', ')).toBe(expected);
    expect(plan.nextMs).toBe(nextMs);
  });

  const step = fc.integer({ min: 1, max: 2 * DAY });

  it('deletes only what was seen as expired for that long, with one Event for each stage, whenever it is reconciled', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: -DAY, max: 5 * DAY }),
        step,
        (waits, until, removeAfter) => {
          const { events, expiredAt, removedAt } = reconcileEach(waits, {
            expiresAt: noon + until,
            removeAfter,
          });
          expect(events).toEqual([...new Set(events)]);
          expect(removedAt).toBeGreaterThanOrEqual(noon + until + removeAfter);
          // lastTransitionTime has no milliseconds.
          expect(removedAt - expiredAt).toBeGreaterThan(removeAfter - 1000);
        },
      ),
    );
  });
});

/** Reconciles after each wait, and then every two days until the set is deleted. */
function reconcileEach(waits: readonly number[], set: { expiresAt: number; removeAfter: number }) {
  const events: string[] = [];
  const expired: number[] = [];
  let now = noon;
  let conditions: Condition[] = [];
  for (let round = 0; ; round += 1) {
    const plan = planExpiry({ ...set, now, before: conditions[0] });
    if (plan.remove) return { events, expiredAt: Math.min(...expired), removedAt: now };
    const updates = [plan.condition].filter((condition) => condition !== undefined);
    conditions = mergeConditions(conditions, updates, { generation: 1, now });
    events.push(...updates.filter(() => plan.isNews).map(({ reason }) => reason));
    expired.push(...updates.filter(({ status }) => status === 'True').map(() => now));
    now += waits[round] ?? 2 * DAY;
  }
}
