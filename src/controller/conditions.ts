import type { Condition, ConditionReason } from '../api/index.ts';

/** A condition as a reconciler states it; the times and the generation come from mergeConditions. */
export interface Stated {
  type: string;
  status: Condition['status'];
  reason: ConditionReason;
  message: string;
}

export interface ConditionContext {
  /** Of the object that the condition speaks of; undefined for an object without a spec. */
  generation: number | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The stated conditions; lastTransitionTime changes only with the status, as the API conventions have it. */
export function mergeConditions(
  previous: readonly Condition[] | undefined,
  stated: readonly Stated[],
  { generation, now }: ConditionContext,
): Condition[] {
  return stated.map((condition) => {
    const before = findCondition(previous, condition.type);
    const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return {
      ...condition,
      message: condition.message.slice(0, MESSAGE_LIMIT),
      lastTransitionTime: kept ?? rfc3339(now),
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** metav1.Time: seconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** metav1.Condition's limit. */
const MESSAGE_LIMIT = 32_768;

const SHOWN_NAMES = 10;

/** Names for a message: the first ones, and how many more there are. */
export function listed(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES;
  const shown = [...names].sort().slice(0, SHOWN_NAMES).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
