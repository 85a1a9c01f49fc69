import type { ActivityCounts, ActivityTarget, NamespaceCounts, TargetCount } from '../api/index.ts';
import { plainText } from './plain-text.ts';
import { markOf, readWatermarks, type Watermark } from './watermarks.ts';

/** What one run of an agent counted in one namespace, since its start. */
export interface InstanceCounts {
  instance: string;
  /** `namespace/name`. */
  pod: string;
  counts: NamespaceCounts;
}

export interface MergeInput {
  before: ActivityCounts;
  reports: readonly InstanceCounts[];
  /** Whether an agent's run may be heard of again. */
  isAlive: (watermark: { pod: string; instance: string }) => boolean;
  /** Milliseconds since the epoch: an agent's clock may be ahead of it, what it saw is not. */
  now: number;
  limits?: Partial<MergeLimits>;
}

export interface MergeLimits {
  targets: number;
  /** Bytes of all targets as JSON: etcd takes 1.5 MB an object, and every one of these is in the controller's memory. */
  bytes: number;
  owners: number;
}

const LIMITS: MergeLimits = { targets: 500, bytes: 128 << 10, owners: 5 };

/** A target while it is counted: with how much of each run is contained in its count. */
interface Row {
  target: ActivityTarget;
  contained: Map<string, number>;
}

/**
 * The counts with what agents have counted since. An agent's counts only rise while it runs, and the watermarks say
 * how much of them is contained: so they can be merged as often as one likes, by whoever leads, and what was merged
 * before is added once.
 */
export function mergeCounts({ before, reports, isAlive, now, limits }: MergeInput): ActivityCounts {
  const most = { ...LIMITS, ...limits };
  const marks = readWatermarks(before);
  const rows = readRows(before, marks);
  let { requests = 0, denied = 0 } = before;
  for (const { instance, pod, counts } of reports) {
    const mark = marks.get(instance) ?? { pod, instance, requests: 0, denied: 0, counts: [] };
    requests += risen(counts.requests, mark.requests);
    denied += risen(counts.denied, mark.denied);
    marks.set(instance, { ...mark, requests: counts.requests, denied: counts.denied });
    addTargets(rows, instance, counts.targets, { now, owners: most.owners });
  }
  const kept = newest([...rows.values()], most);
  const targets = kept.map(({ target }) => target);
  const refused = targets.find(({ verdict, wouldDeny }) => verdict === 'deny' || wouldDeny);
  const reported = new Set(reports.map(({ instance }) => instance));
  const alive = [...marks.values()].filter((mark) => reported.has(mark.instance) || isAlive(mark));
  return {
    // That nothing was counted yet does not put off what comes.
    ...(requests > 0 && { countedAt: new Date(now).toISOString() }),
    requests,
    denied,
    ...(refused && { lastRefused: refused.target }),
    dropped: requests - targets.reduce((sum, { count }) => sum + count, 0),
    targets,
    watermarks: alive.map((mark) =>
      markOf(
        mark,
        kept.map(({ contained }) => contained.get(mark.instance) ?? 0),
      ),
    ),
  };
}

/** Whether a merge would add anything: without a new request nothing else has changed either. */
export function hasNews(before: ActivityCounts, reports: readonly InstanceCounts[]): boolean {
  if (before.requests === undefined) return true;
  const marks = readWatermarks(before);
  return reports.some(({ instance, counts }) => counts.requests !== (marks.get(instance)?.requests ?? 0));
}

/** A count that is lower than before began anew, since the agent had dropped what it counted. */
function risen(now: number, contained: number): number {
  return now >= contained ? now - contained : now;
}

function readRows({ targets = [] }: ActivityCounts, marks: ReadonlyMap<string, Watermark>): Map<string, Row> {
  return new Map(
    targets.map((target, index) => {
      const contained = [...marks.values()].map(
        ({ instance, counts }) => [instance, counts[index] ?? 0] as const,
      );
      return [keyOf(target), { target: { ...target }, contained: new Map(contained) }];
    }),
  );
}

function addTargets(
  rows: Map<string, Row>,
  instance: string,
  counted: readonly TargetCount[],
  { now, owners }: { now: number; owners: number },
): void {
  const found = plainTargets(counted, now, owners);
  for (const [key, target] of found) {
    const row = rows.get(key) ?? { target: { ...target, count: 0 }, contained: new Map() };
    rows.set(key, row);
    row.target.count += risen(target.count, row.contained.get(instance) ?? 0);
    row.contained.set(instance, target.count);
    widen(row.target, target, owners);
  }
  // What the agent has dropped begins at nothing when it comes again.
  for (const [key, { contained }] of rows) if (!found.has(key)) contained.delete(instance);
}

/** Two targets can look alike once they are plain text: then they are one. */
function plainTargets(
  counted: readonly TargetCount[],
  now: number,
  owners: number,
): Map<string, ActivityTarget> {
  const found = new Map<string, ActivityTarget>();
  for (const each of counted) {
    const target = shown(each, now);
    const same = found.get(keyOf(target));
    if (same === undefined) {
      found.set(keyOf(target), target);
      continue;
    }
    same.count += target.count;
    widen(same, target, owners);
  }
  return found;
}

function widen(
  target: ActivityTarget,
  { firstSeen, lastSeen, owners = [] }: ActivityTarget,
  most: number,
): void {
  if (firstSeen < target.firstSeen) target.firstSeen = firstSeen;
  const isNewer = lastSeen >= target.lastSeen;
  if (isNewer) target.lastSeen = lastSeen;
  const [first = [], second = []] = isNewer ? [owners, target.owners] : [target.owners, owners];
  const all = [...new Set([...first, ...second])].slice(0, most);
  if (all.length > 0) target.owners = all;
}

function shown(counted: TargetCount, now: number): ActivityTarget {
  const { target, verdict, wouldDeny, reason, rule, count, firstSeen, lastSeen, owners } = counted;
  const latest = new Date(now).toISOString();
  const notLater = (time: string) => (time < latest ? time : latest);
  return {
    target: plainText(target),
    verdict,
    ...(wouldDeny && { wouldDeny }),
    ...(reason !== undefined && { reason }),
    ...(rule !== undefined && { rule: plainText(rule) }),
    count,
    firstSeen: notLater(firstSeen),
    lastSeen: notLater(lastSeen),
    ...(owners.length > 0 && { owners: owners.map(plainText) }),
  };
}

function keyOf({ target, verdict, wouldDeny, reason, rule }: ActivityTarget): string {
  return [target, verdict, wouldDeny, reason, rule].join('\n');
}

/** The most recently seen first; those that look alike in time in the order of their names, whoever merges. */
function newest(rows: readonly Row[], { targets, bytes }: MergeLimits): Row[] {
  const sorted = [...rows].sort(
    (a, b) => compare(b.target.lastSeen, a.target.lastSeen) || compare(keyOf(a.target), keyOf(b.target)),
  );
  let size = 0;
  const fitting = sorted.findIndex(({ target }) => {
    size += Buffer.byteLength(JSON.stringify(target)) + 1;
    return size > bytes;
  });
  return sorted.slice(0, Math.min(targets, fitting < 0 ? targets : fitting));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
