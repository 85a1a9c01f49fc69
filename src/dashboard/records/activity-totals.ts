import type { ActivityCounts, ActivityReport, RuleUse } from '../../api/index.ts';
import { type InstanceCounts, mergeCounts } from '../../counts/index.ts';

export interface TotalsInput {
  /** Status of the namespace's EgressActivity: earlier counts, and the part of the agents' counts that it includes. */
  written: ActivityCounts;
  reports: readonly ActivityReport[];
  namespace: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Sums a namespace's counts from its opt-in to the latest reports; each request counts once. */
export function totalCounts({ written, reports, namespace, now }: TotalsInput): ActivityCounts {
  return mergeCounts({ before: written, reports: countsIn(reports, namespace), isAlive: () => true, now });
}

/** Like totalCounts, but without targets, which take most of the time if there are many namespaces. */
export function totalRequests(input: TotalsInput): { requests: number; denied: number } {
  const { requests = 0, denied = 0 } = totalCounts({
    ...input,
    written: { ...input.written, targets: [] },
    reports: input.reports.map((report) => withoutTargets(report, input.namespace)),
  });
  return { requests, denied };
}

/** Counts requests that observe mode allowed and enforce mode would deny. */
export function countWouldDeny({ targets = [] }: ActivityCounts): number {
  return targets.reduce((sum, { wouldDeny, count }) => (wouldDeny ? sum + count : sum), 0);
}

/** Counts allowed requests by rule, `namespace/name#index`. */
export function rulesOf({ targets = [] }: Pick<ActivityCounts, 'targets'>): Map<string, RuleUse> {
  const uses = new Map<string, RuleUse>();
  for (const { rule, verdict, wouldDeny, count, lastSeen } of targets) {
    if (rule === undefined || verdict === 'deny' || wouldDeny) continue;
    const known = uses.get(rule) ?? { count: 0, lastSeen };
    uses.set(rule, {
      count: known.count + count,
      lastSeen: known.lastSeen > lastSeen ? known.lastSeen : lastSeen,
    });
  }
  return uses;
}

function countsIn(reports: readonly ActivityReport[], namespace: string): InstanceCounts[] {
  return reports.flatMap(({ instance, pod, namespaces }) => {
    const counts = namespaces[namespace];
    return counts === undefined ? [] : [{ instance, pod, counts }];
  });
}

function withoutTargets(report: ActivityReport, namespace: string): ActivityReport {
  const counts = report.namespaces[namespace];
  return { ...report, namespaces: counts === undefined ? {} : { [namespace]: { ...counts, targets: [] } } };
}
