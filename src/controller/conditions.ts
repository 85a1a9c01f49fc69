import type { Condition, ConditionReason, ConditionType } from '../api/index.ts';
import type { EventRecorder, Regarding } from '../kube/index.ts';

/** A condition without its times and its generation, which mergeConditions adds. */
export interface ConditionUpdate {
  type: ConditionType;
  status: Condition['status'];
  reason: ConditionReason;
  message: string;
}

export interface ConditionContext {
  /** Generation of the object; undefined for an object without a spec. */
  generation: number | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The updated conditions. As the API conventions require, lastTransitionTime changes only with the status. */
export function mergeConditions(
  previous: readonly Condition[] | undefined,
  updates: readonly ConditionUpdate[],
  { generation, now }: ConditionContext,
): Condition[] {
  return updates.map((condition) => {
    const before = findCondition(previous, condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return {
      ...condition,
      message: condition.message.slice(0, MESSAGE_LIMIT),
      lastTransitionTime: since ?? rfc3339(now),
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

/** metav1.Time, in seconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Limit of metav1.Condition. */
const MESSAGE_LIMIT = 32_768;

const SHOWN_NAMES = 10;

/** Lists up to SHOWN_NAMES names in alphabetical order, and the number of the others. */
export function listNames(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES;
  const shown = [...names].sort().slice(0, SHOWN_NAMES).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Reasons of conditions that change without a cause that an operator needs an Event for. */
const transient: readonly string[] = ['Pending', 'NoReadyReplica'] satisfies ConditionReason[];

/** Records an Event for each condition whose status or reason has changed. */
export function recordTransitions(
  events: EventRecorder,
  regarding: Regarding,
  { before, after, bad = 'False' }: TransitionsInput,
): void {
  for (const { type, status, reason, message } of after) {
    const old = findCondition(before, type);
    if ((old?.status === status && old.reason === reason) || transient.includes(reason)) continue;
    events.record(regarding, status === bad ? 'Warning' : 'Normal', reason, `${type}: ${message}`);
  }
}

interface TransitionsInput {
  before: readonly Condition[] | undefined;
  after: readonly Condition[];
  /** The status that makes the Event a warning; default False. */
  bad?: Condition['status'];
}
