import type { Condition } from '../../../api/index.ts';
import type { DashboardFlow } from '../../wire.ts';
import { type FlowOutcome, outcomeOf } from '../flows/flow-filter.ts';

export const outcomeWords: Record<FlowOutcome, string> = {
  refused: 'refused',
  observed: 'would be refused',
  allowed: 'allowed',
  open: 'open',
};

/** Names the outcome in words, not by its colour only. */
export function OutcomeBadge({ flow }: { flow: Pick<DashboardFlow, 'verdict' | 'wouldDeny' | 'state'> }) {
  const outcome = outcomeOf(flow);
  return <span class={`badge ${outcome}`}>{outcomeWords[outcome]}</span>;
}

export function ModeBadge({ mode }: { mode: string | undefined }) {
  if (mode === undefined) return <span class="badge unknown">mode unknown</span>;
  return <span class={`badge mode-${mode}`}>{mode}</span>;
}

/** Conditions whose status True means a problem. */
const negative = new Set([
  'PodsOnOldProxy',
  'PodsOlderThanServices',
  'PolicyConflict',
  'WideningPolicyPresent',
]);

export function isTrouble({ type, status, reason }: Condition): boolean {
  if (reason === 'ObserveMode') return false;
  return negative.has(type) ? status === 'True' : status === 'False';
}

export function ConditionList({ conditions }: { conditions: readonly Condition[] }) {
  return (
    <ul class="conditions">
      {conditions.map((condition) => (
        <li key={condition.type}>
          <span class={`badge ${isTrouble(condition) ? 'refused' : 'quiet'}`}>
            {condition.type}: {condition.status}
          </span>
          <span class="message">{condition.message}</span>
        </li>
      ))}
    </ul>
  );
}
