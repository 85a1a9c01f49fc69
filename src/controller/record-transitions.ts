import type { Condition, ConditionReason } from '../api/index.ts';
import type { EventRecorder, Regarding } from '../kube/index.ts';
import { findCondition } from './conditions.ts';

/** Reasons that pass by themselves: no news for people. */
const passing: readonly string[] = ['Pending', 'NoReadyReplica'] satisfies ConditionReason[];

/** An Event for each condition that has come to say something else. */
export function recordTransitions(
  events: EventRecorder,
  regarding: Regarding,
  { before, after, bad = 'False' }: TransitionsInput,
): void {
  for (const { type, status, reason, message } of after) {
    const old = findCondition(before, type);
    if ((old?.status === status && old.reason === reason) || passing.includes(reason)) continue;
    events.record(regarding, status === bad ? 'Warning' : 'Normal', reason, `${type}: ${message}`);
  }
}

interface TransitionsInput {
  before: readonly Condition[] | undefined;
  after: readonly Condition[];
  /** The status that is worth a warning. */
  bad?: Condition['status'];
}
