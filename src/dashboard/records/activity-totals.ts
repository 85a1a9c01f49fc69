import type {
  ActivityCounts,
  ActivityReport,
  NamespaceCounts,
  RuleUse,
  TargetCount,
} from '../../api/index.ts';

/** What several agents counted of one namespace, added up. */
export function sumCounts(
  reports: Iterable<Pick<ActivityReport, 'namespaces'>>,
  namespace: string,
): NamespaceCounts {
  const sum: NamespaceCounts = { requests: 0, denied: 0, targets: [], dropped: 0 };
  const targets = new Map<string, TargetCount>();
  for (const { namespaces } of reports) {
    const counts = namespaces[namespace];
    if (counts === undefined) continue;
    sum.requests += counts.requests;
    sum.denied += counts.denied;
    sum.dropped += counts.dropped;
    for (const target of counts.targets) addTarget(targets, target);
  }
  sum.targets = [...targets.values()].sort((a, b) => compare(b.lastSeen, a.lastSeen));
  return sum;
}

/** What the controller wrote down of a namespace, where no agent can be asked. It has no bytes. */
export function writtenCounts({
  requests = 0,
  denied = 0,
  targets = [],
  dropped = 0,
}: ActivityCounts): NamespaceCounts {
  const counts = targets.map(
    ({ wouldDeny, reason, owners = [], ...target }): TargetCount => ({
      ...target,
      ...(wouldDeny && { wouldDeny }),
      // A reason is written as it was met.
      ...(reason !== undefined && { reason: reason as NonNullable<TargetCount['reason']> }),
      owners,
      bytesReceived: 0,
      bytesSent: 0,
    }),
  );
  return { requests, denied, targets: counts, dropped };
}

/** The uses of rules that targets tell of. */
export function rulesOf({ targets }: NamespaceCounts): Map<string, RuleUse> {
  const used = targets.flatMap(({ rule, verdict, count, lastSeen }) =>
    rule === undefined || verdict === 'deny' ? [] : [{ rules: { [rule]: { count, lastSeen } } }],
  );
  return sumRules(used);
}

/** How often each rule decided, by `namespace/name#index`. */
export function sumRules(reports: Iterable<Pick<ActivityReport, 'rules'>>): Map<string, RuleUse> {
  const sum = new Map<string, RuleUse>();
  for (const { rules = {} } of reports) {
    for (const [rule, { count, lastSeen }] of Object.entries(rules)) {
      const known = sum.get(rule) ?? { count: 0, lastSeen };
      sum.set(rule, {
        count: known.count + count,
        lastSeen: known.lastSeen > lastSeen ? known.lastSeen : lastSeen,
      });
    }
  }
  return sum;
}

/** How often observe mode let pass what enforce would refuse. */
export function countWouldDeny({ targets }: NamespaceCounts): number {
  return targets.reduce((sum, { wouldDeny, count }) => (wouldDeny ? sum + count : sum), 0);
}

function addTarget(targets: Map<string, TargetCount>, added: TargetCount): void {
  const { target, verdict, wouldDeny, reason, rule } = added;
  const key = JSON.stringify([target, verdict, wouldDeny, reason, rule]);
  const known = targets.get(key);
  targets.set(key, known === undefined ? added : merge(known, added));
}

function merge(a: TargetCount, b: TargetCount): TargetCount {
  return {
    ...a,
    count: a.count + b.count,
    bytesReceived: a.bytesReceived + b.bytesReceived,
    bytesSent: a.bytesSent + b.bytesSent,
    firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
    lastSeen: a.lastSeen > b.lastSeen ? a.lastSeen : b.lastSeen,
    owners: [...new Set([...a.owners, ...b.owners])],
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
