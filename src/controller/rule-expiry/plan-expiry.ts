import type { Condition } from '../../api/index.ts';
import { type ConditionUpdate, rfc3339 } from '../conditions.ts';

export interface ExpiryInput {
  /** Milliseconds since the epoch; infinite if the set does not expire. */
  expiresAt: number;
  now: number;
  /** The condition Expired as it is. */
  before: Pick<Condition, 'status' | 'reason' | 'lastTransitionTime'> | undefined;
  /** Milliseconds after which an expired set is deleted; undefined: never. */
  removeAfter: number | undefined;
}

export interface ExpiryPlan {
  /** Undefined for a set that does not expire. */
  condition: ConditionUpdate | undefined;
  /** Whether an Event tells of the condition. */
  isNews: boolean;
  remove: boolean;
  /** Milliseconds until the plan is another one; undefined if it stays this one. */
  nextMs: number | undefined;
}

const DAY = 24 * 60 * 60_000;

/** What to say about the end of a rule set, and whether to delete it. */
export function planExpiry(input: ExpiryInput): ExpiryPlan {
  const { expiresAt, now, before } = input;
  if (expiresAt === Number.POSITIVE_INFINITY)
    return { condition: undefined, isNews: false, remove: false, nextMs: undefined };
  if (now >= expiresAt) return planExpired(input);
  const at = rfc3339(expiresAt);
  if (now >= expiresAt - DAY) {
    const message = `the rule set expires at ${at}: set a later expiresAt if it is still needed`;
    return {
      condition: { type: 'Expired', status: 'False', reason: 'ExpiresSoon', message },
      // A set that is made for two hours needs no warning when it is made.
      isNews: before?.reason === 'ExpiresLater',
      remove: false,
      nextMs: expiresAt - now,
    };
  }
  const message = `the rule set expires at ${at}`;
  return {
    condition: { type: 'Expired', status: 'False', reason: 'ExpiresLater', message },
    isNews: false,
    remove: false,
    nextMs: expiresAt - DAY - now,
  };
}

/**
 * The time until the deletion counts from when the condition was written, if that was later: a clock that is wrong for a
 * while deletes nothing.
 */
function planExpired({ expiresAt, now, before, removeAfter }: ExpiryInput): ExpiryPlan {
  const known = before?.status === 'True' ? Date.parse(before.lastTransitionTime) : now;
  const removeAt = removeAfter === undefined ? undefined : Math.max(expiresAt, known) + removeAfter;
  const fate = removeAfter === undefined ? 'delete it' : 'it will be deleted';
  const message = `the rule set expired at ${rfc3339(expiresAt)} and has no effect: ${fate}, or set a later expiresAt`;
  return {
    condition: { type: 'Expired', status: 'True', reason: 'Expired', message },
    isNews: before?.status !== 'True',
    remove: removeAt !== undefined && before?.status === 'True' && now >= removeAt,
    nextMs: removeAt === undefined ? undefined : Math.max(0, removeAt - now),
  };
}
