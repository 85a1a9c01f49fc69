import type { ActivityTarget } from '../api/index.ts';

/** What the pods of a namespace requested of one target, whatever the outcome was. */
export interface ObservedTarget {
  /** `host:port`. */
  target: string;
  count: number;
  /** RFC 3339: the last request. */
  lastSeen: string;
  /** `Kind/name` of the workloads, most recent first. */
  owners: readonly string[];
  /** Whether the last request left the cluster: a rule allowed it, or observe mode did. */
  passed: boolean;
}

/**
 * Merges the outcomes of each target. Requests before `since` (RFC 3339) are left out, and names that pods asked the DNS
 * for, which are no targets of rules; most requests first.
 */
export function observedTargets(targets: readonly ActivityTarget[], since = ''): ObservedTarget[] {
  return mergeOutcomes(targets.filter(({ lastSeen, reason }) => lastSeen >= since && reason !== OUTSIDE));
}

/** The names outside of the cluster that pods asked its proxy's nameserver for since then, as `name:53`; most queries first. */
export function observedNames(targets: readonly ActivityTarget[], since = ''): ObservedTarget[] {
  return mergeOutcomes(targets.filter(({ lastSeen, reason }) => lastSeen >= since && reason === OUTSIDE));
}

const OUTSIDE = 'NameOutsideCluster';

/** Merges the outcomes of each target; most requests first. */
export function mergeOutcomes(requested: readonly ActivityTarget[]): ObservedTarget[] {
  const merged = new Map<string, ObservedTarget>();
  for (const { target, verdict, count, lastSeen, owners = [] } of requested) {
    const known = merged.get(target);
    const isLater = known === undefined || known.lastSeen < lastSeen;
    merged.set(target, {
      target,
      count: count + (known?.count ?? 0),
      lastSeen: isLater ? lastSeen : known.lastSeen,
      owners: [...new Set([...(known?.owners ?? []), ...owners])],
      passed: isLater ? verdict === 'allow' : known.passed,
    });
  }
  return [...merged.values()].sort((a, b) => b.count - a.count || (a.target < b.target ? -1 : 1));
}
