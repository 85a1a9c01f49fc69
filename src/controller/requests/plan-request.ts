import type { Condition, EgressRequest, EgressRequestStatus, RequestState } from '../../api/index.ts';
import { expiryOf } from '../../rules/index.ts';
import { type ConditionUpdate, findCondition } from '../conditions.ts';

/** What has come of the rule set of an approved request. */
export type Grant =
  | { kind: 'granted'; ruleSet: string; expiresAt: string }
  | { kind: 'failed'; reason: 'Invalid' | 'Conflict'; message: string }
  /** It was made, and has been deleted since. */
  | { kind: 'deleted' };

export interface RequestInput {
  request: EgressRequest;
  /** Undefined if `needsRuleSet` says that there is none to look for. */
  grant: Grant | undefined;
  now: number;
  /** Milliseconds after which a request that is done, or was never answered, is deleted; undefined: never. */
  removeAfter: number | undefined;
}

export interface RequestPlan {
  status: Pick<EgressRequestStatus, 'state' | 'ruleSet' | 'expiresAt'>;
  conditions: ConditionUpdate[];
  remove: boolean;
  /** Milliseconds until the plan is another one; undefined if it stays this one. */
  nextMs: number | undefined;
}

/** Whether the request has, or is to get, a rule set: it is approved, and neither over nor failed. */
export function needsRuleSet({ spec, status }: EgressRequest, now: number): boolean {
  if (spec.approval?.outcome !== 'Approved') return false;
  const { conditions, expiresAt } = status ?? {};
  // A rule set that was deleted is never made again.
  const isOver = findCondition(conditions, 'Expired')?.reason === 'RuleSetDeleted';
  return !isOver && findCondition(conditions, 'Failed') === undefined && expiryOf({ expiresAt }) > now;
}

/** The status of a request, and whether to delete it. */
export function planRequest(input: RequestInput): RequestPlan {
  const { request, grant, now, removeAfter } = input;
  const { state, conditions, ...status } = stateOf(request, grant);
  const endsInMs = grant?.kind === 'granted' ? expiryOf(status) - now : undefined;
  if (endsInMs !== undefined)
    return { status: { state, ...status }, conditions, remove: false, nextMs: endsInMs };
  const since = endOf(request, state) ?? now;
  const removeInMs = removeAfter === undefined ? undefined : since + removeAfter - now;
  return {
    status: { state, ...status },
    conditions,
    remove: removeInMs !== undefined && removeInMs <= 0,
    nextMs: removeInMs === undefined ? undefined : Math.max(0, removeInMs),
  };
}

/** When the request came to its state, by the condition that was written then, and for a pending one by its creation. */
function endOf({ metadata, status }: EgressRequest, state: RequestState): number | undefined {
  const text =
    state === 'Pending'
      ? metadata.creationTimestamp
      : findCondition(status?.conditions, state)?.lastTransitionTime;
  return text === undefined ? undefined : Date.parse(text);
}

interface State extends Pick<EgressRequestStatus, 'ruleSet' | 'expiresAt'> {
  state: RequestState;
  conditions: ConditionUpdate[];
}

function stateOf({ spec, status = {} }: EgressRequest, grant: Grant | undefined): State {
  const { approval } = spec;
  if (approval === undefined) return { state: 'Pending', conditions: [] };
  const { outcome, by, reason } = approval;
  const message = `${outcome === 'Approved' ? 'approved' : 'refused'} by ${by}${reason ? `: ${reason}` : ''}`;
  const answer: ConditionUpdate = { type: outcome, status: 'True', reason: outcome, message };
  if (outcome === 'Refused') return { state: 'Refused', conditions: [answer] };
  const { ruleSet, expiresAt } = status;
  const known = { ...(ruleSet !== undefined && { ruleSet }), ...(expiresAt !== undefined && { expiresAt }) };
  switch (grant?.kind) {
    case 'granted': {
      const { ruleSet, expiresAt } = grant;
      return { state: 'Approved', ruleSet, expiresAt, conditions: [answer] };
    }
    case 'failed': {
      const { reason, message } = grant;
      const failed: ConditionUpdate = { type: 'Failed', status: 'True', reason, message };
      return { state: 'Failed', ...known, conditions: [answer, failed] };
    }
    case 'deleted': {
      const message = `the rule set ${ruleSet} was deleted: make another request if the targets are still needed`;
      return { state: 'Expired', ...known, conditions: [answer, expired('RuleSetDeleted', message)] };
    }
    default:
      return { ...known, ...overOf(status, answer) };
  }
}

/** The state of an approved request that has no rule set any more, and needs none. */
function overOf({ conditions, expiresAt }: EgressRequestStatus, answer: ConditionUpdate): State {
  const kept = (type: 'Failed' | 'Expired'): ConditionUpdate[] => {
    const before = findCondition(conditions, type);
    return before === undefined ? [] : [asUpdate(before)];
  };
  const failed = kept('Failed');
  if (failed.length > 0) return { state: 'Failed', conditions: [answer, ...failed] };
  const [before = expired('Expired', `the rule set expired at ${expiresAt}`)] = kept('Expired');
  return { state: 'Expired', conditions: [answer, before] };
}

const expired = (reason: 'Expired' | 'RuleSetDeleted', message: string): ConditionUpdate => ({
  type: 'Expired',
  status: 'True',
  reason,
  message,
});

const asUpdate = ({ type, status, reason, message }: Condition): ConditionUpdate => ({
  type: type as ConditionUpdate['type'],
  status,
  reason: reason as ConditionUpdate['reason'],
  message,
});
