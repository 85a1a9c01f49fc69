import type { ActivityCounts, ActivityReport, ActivityTarget, RuleUse } from '../../api/index.ts';
import { type InstanceCounts, mergeCounts } from '../../counts/index.ts';

export interface TotalsInput {
  /** The status of the namespace's EgressActivity: what was counted before, and how much of the agents' it holds. */
  written: ActivityCounts;
  reports: readonly ActivityReport[];
  namespace: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A namespace's counts since it opted in, those of the last second included, each once. */
export function totalCounts({ written, reports, namespace, now }: TotalsInput): ActivityCounts {
  return mergeCounts({ before: written, reports: countsIn(reports, namespace), isAlive: () => true, now });
}

/** As totalCounts, without the targets, which cost the most where there are many namespaces. */
export function totalRequests(input: TotalsInput): { requests: number; denied: number } {
  const { requests = 0, denied = 0 } = totalCounts({
    ...input,
    written: { ...input.written, targets: [] },
    reports: input.reports.map((report) => withoutTargets(report, input.namespace)),
  });
  return { requests, denied };
}

/** How often observe mode let pass what enforce would refuse. */
export function countWouldDeny({ targets = [] }: ActivityCounts): number {
  return targets.reduce((sum, { wouldDeny, count }) => (wouldDeny ? sum + count : sum), 0);
}

/** How often each rule let something pass, by `namespace/name#index`. */
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

export function isRefused({ verdict, wouldDeny }: ActivityTarget): boolean {
  return verdict === 'deny' || wouldDeny === true;
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
