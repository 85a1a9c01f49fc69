import type { RuleSetUsage } from '../../api/index.ts';
import type { ConditionUpdate } from '../conditions.ts';
import type { TargetUse } from '../state/agent-reports.ts';

export interface UsageInput {
  before: RuleSetUsage | undefined;
  /** spec.targets. */
  targets: readonly string[];
  /** spec.targetGroups. */
  targetGroups: readonly string[];
  used: TargetUse;
  /** RFC 3339: when the set was accepted; undefined before. Until something is written it has been watched since then. */
  acceptedAt: string | undefined;
  /** A Deny set that never matches is not reported as unused. */
  action: 'Allow' | 'Deny';
  /** Milliseconds since the epoch. */
  now: number;
  /** Milliseconds. */
  unusedAfter: number;
}

export interface UsagePlan {
  usage: RuleSetUsage;
  /** Undefined while it is too early to tell. */
  condition: ConditionUpdate | undefined;
}

/** Milliseconds by which a time in the status may be too old, since every write is sent to all who watch rule sets. */
const COARSE = 60 * 60_000;
/** Writes of one rule set within COARSE, at most, however many targets it has. */
const WRITES = 6;
const DAY = 24 * 60 * 60_000;

/** The use of a rule set. While it is only a little later than the status, the status is kept. */
export function planUsage(input: UsageInput): UsagePlan {
  const { before, unusedAfter } = input;
  const latest = latestUse(input);
  const usage =
    before === undefined || isDue(before, latest, Math.min(COARSE, unusedAfter / 4)) ? latest : before;
  return { usage, condition: planInUse(usage, input) };
}

function latestUse({ before, acceptedAt, targets, targetGroups, used, now }: UsageInput): RuleSetUsage {
  const known = timesOf(before);
  // An agent's clock may be ahead of ours.
  const newest = new Date(now).toISOString();
  const latest = (key: string, place: number | string) =>
    laterOf(known.get(key), earlierOf(used.get(place), newest));
  const shown = targets.flatMap((target, index) => {
    const lastUsed = latest(target, index);
    return lastUsed === undefined ? [] : [{ target, lastUsed }];
  });
  const groups = targetGroups.flatMap((name) => {
    const lastUsed = latest(name, name);
    return lastUsed === undefined ? [] : [{ name, lastUsed }];
  });
  const lastUsed = [...shown, ...groups].reduce<string | undefined>(
    (latest, each) => laterOf(latest, each.lastUsed),
    before?.lastUsed,
  );
  return {
    since: before?.since ?? acceptedAt ?? newest,
    ...(lastUsed !== undefined && { lastUsed }),
    ...(shown.length > 0 && { targets: shown }),
    ...(groups.length > 0 && { targetGroups: groups }),
  };
}

/** By the target, which has a colon, or by the name of the group, which has none. */
function timesOf(usage: RuleSetUsage | undefined): Map<string, string> {
  return new Map([
    ...(usage?.targets ?? []).map(({ target, lastUsed }) => [target, lastUsed] as const),
    ...(usage?.targetGroups ?? []).map(({ name, lastUsed }) => [name, lastUsed] as const),
  ]);
}

/** `coarse`: milliseconds by which the status may be too old. */
function isDue(before: RuleSetUsage, latest: RuleSetUsage, coarse: number): boolean {
  const lag = lagOf(before.lastUsed, latest.lastUsed);
  if (lag > coarse) return true;
  const known = timesOf(before);
  const used = timesOf(latest);
  const isGone = [...known.keys()].some((key) => !used.has(key));
  const isLate = [...used].some(([key, lastUsed]) => lagOf(known.get(key), lastUsed) > coarse);
  return isGone || (isLate && lag > coarse / WRITES);
}

/** Milliseconds by which the written time is older than the found one; infinite if none is written yet. */
function lagOf(written: string | undefined, found: string | undefined): number {
  if (found === undefined) return 0;
  return written === undefined ? Number.POSITIVE_INFINITY : Date.parse(found) - Date.parse(written);
}

function planInUse(
  { since, lastUsed }: RuleSetUsage,
  { now, unusedAfter, action }: UsageInput,
): ConditionUpdate | undefined {
  const days = Math.round(unusedAfter / DAY);
  if (now - Date.parse(lastUsed ?? since) < unusedAfter) {
    const message = `a request matched a rule of the set within the last ${days} days`;
    return lastUsed === undefined ? undefined : { type: 'InUse', status: 'True', reason: 'Used', message };
  }
  if (action === 'Deny') return undefined;
  const last = lastUsed === undefined ? `never since ${day(since)}` : `last on ${day(lastUsed)}`;
  const message = `no rule of the set has allowed a request for ${days} days (${last}): delete the set if it is not needed any more`;
  return { type: 'InUse', status: 'False', reason: 'Unused', message };
}

const day = (time: string): string => time.slice(0, 10);

function earlierOf(time: string | undefined, limit: string): string | undefined {
  return time === undefined || time < limit ? time : limit;
}

function laterOf(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
