import type {
  ActivityCounts,
  ActivityTarget,
  ActivityWatermark,
  NamespaceCounts,
  TargetCount,
} from '../api/index.ts';
import { plainText } from './plain-text.ts';

/** Counts of one namespace since the start of one agent run. */
export interface InstanceCounts {
  instance: string;
  /** `namespace/name`. */
  pod: string;
  counts: NamespaceCounts;
}

export interface MergeInput {
  before: ActivityCounts;
  reports: readonly InstanceCounts[];
  /** Whether an agent's run may report again. */
  isAlive: (watermark: { pod: string; instance: string }) => boolean;
  /** Milliseconds since the epoch. A later time in a report is an agent's clock that is fast, and is cut to this. */
  now: number;
  limits?: Partial<MergeLimits>;
}

export interface MergeLimits {
  targets: number;
  /** Bytes of all targets as JSON. etcd limits an object to 1.5 MB, and the controller has all of them in memory. */
  bytes: number;
  owners: number;
}

const LIMITS: MergeLimits = { targets: 500, bytes: 128 << 10, owners: 5 };

/** A watermark of the status with its counts as numbers. */
type Watermark = Omit<ActivityWatermark, 'counts'> & { counts: readonly number[] };

/** A target, and how much of each run its count contains. */
interface Row {
  target: ActivityTarget;
  contained: Map<string, number>;
}

/**
 * Adds the agents' counts to those of the status. An agent's counts only rise while it runs, and the watermarks record
 * how much of them is contained. So any leader can merge any report any number of times, and each request is added once.
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
    // Without a request there is no time, so that the first counts are written without delay.
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

/** Whether a merge would add anything: nothing changes without a new request. */
export function hasNews(before: ActivityCounts, reports: readonly InstanceCounts[]): boolean {
  const marks = readWatermarks(before);
  return reports.some(({ instance, counts }) => counts.requests !== (marks.get(instance)?.requests ?? 0));
}

/** Increase of a count. A lower count than before started from 0: the agent had dropped it. */
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
  // A target that the agent has dropped starts from 0 when it is counted again.
  for (const [key, { contained }] of rows) if (!found.has(key)) contained.delete(instance);
}

/** Merges targets that are equal as plain text. */
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
  const { target, verdict, wouldDeny, reason, tlsFault, rule, count, firstSeen, lastSeen, owners } = counted;
  const latest = new Date(now).toISOString();
  const notLater = (time: string) => (time < latest ? time : latest);
  return {
    target: plainText(target),
    verdict,
    ...(wouldDeny && { wouldDeny }),
    ...(reason !== undefined && { reason }),
    ...(tlsFault !== undefined && { tlsFault }),
    ...(rule !== undefined && { rule: plainText(rule) }),
    count,
    firstSeen: notLater(firstSeen),
    lastSeen: notLater(lastSeen),
    ...(owners.length > 0 && { owners: owners.map(plainText) }),
  };
}

function keyOf({ target, verdict, wouldDeny, reason, tlsFault, rule }: ActivityTarget): string {
  return [target, verdict, wouldDeny, reason, tlsFault, rule].join('\n');
}

/** The newest rows within the limits, most recently seen first; by key if the time is equal, for a stable order. */
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

/** Watermarks by instance. A malformed count is 0. */
function readWatermarks({ watermarks = [] }: ActivityCounts): Map<string, Watermark> {
  return new Map(
    watermarks.map((mark) => [mark.instance, { ...mark, counts: mark.counts.split(' ').map(numberOf) }]),
  );
}

/** The counts are one text, so that `kubectl describe` shows them on one line. */
function markOf(mark: Watermark, counts: readonly number[]): ActivityWatermark {
  const { pod, instance, requests, denied } = mark;
  return { pod, instance, requests, denied, counts: counts.join(' ').replace(/( 0)+$/, '') };
}

function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
