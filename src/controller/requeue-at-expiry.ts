import type { ClusterEgressRuleSet, EgressRuleSet } from '../api/index.ts';
import type { ReconcileResult } from '../kube/index.ts';
import { expiryOf } from '../rules/index.ts';

/** Milliseconds after which the wall clock is read again, since it can be set. A timer takes at most 24 days. */
export const LONGEST_WAIT = 60 * 60_000;

/** The earlier one of another requeue and the time at which the rule set expires. `now`: milliseconds since the epoch. */
export function requeueAtExpiry(
  { spec }: Pick<EgressRuleSet | ClusterEgressRuleSet, 'spec'>,
  now: number,
  other?: ReconcileResult,
): ReconcileResult {
  const inMs = expiryOf(spec) - now;
  if (inMs === Number.POSITIVE_INFINITY || inMs <= 0) return other;
  return { requeueAfterMs: Math.min(inMs, LONGEST_WAIT, other?.requeueAfterMs ?? LONGEST_WAIT) };
}
