import type { RuleSetUsage } from '../../api/index.ts';
import type { Stated } from '../conditions.ts';

export interface UsageInput {
  before: RuleSetUsage | undefined;
  /** spec.targets. */
  targets: readonly string[];
  /** When each target was last used, by its index, RFC 3339. */
  used: ReadonlyMap<number, string>;
  /** That nothing meets a Deny is no reason to take it away. */
  action: 'Allow' | 'Deny';
  /** Milliseconds since the epoch. */
  now: number;
  /** Milliseconds. */
  unusedAfter: number;
}

export interface UsagePlan {
  usage: RuleSetUsage;
  /** Undefined as long as nothing can be said. */
  condition: Stated | undefined;
}

/** Milliseconds by which a time in the status may be behind: every write goes to all who watch rule sets. */
const COARSE = 60 * 60_000;
/** In so many parts of it a set is written at most once, however many targets it has. */
const WRITES = 6;
const DAY = 24 * 60 * 60_000;

/** What is known of a rule set's use. As long as it is only a little more than what the status says, it is that. */
export function planUsage(input: UsageInput): UsagePlan {
  const { before, unusedAfter } = input;
  const latest = latestUse(input);
  const usage =
    before === undefined || isDue(before, latest, Math.min(COARSE, unusedAfter / 4)) ? latest : before;
  return { usage, condition: planInUse(usage, input) };
}

function latestUse({ before, targets, used, now }: UsageInput): RuleSetUsage {
  const known = new Map(before?.targets?.map(({ target, lastUsed }) => [target, lastUsed]));
  const shown = targets.flatMap((target, index) => {
    const lastUsed = laterOf(known.get(target), notAfter(used.get(index), now));
    return lastUsed === undefined ? [] : [{ target, lastUsed }];
  });
  const lastUsed = shown.reduce<string | undefined>(
    (latest, each) => laterOf(latest, each.lastUsed),
    before?.lastUsed,
  );
  return {
    since: before?.since ?? new Date(now).toISOString(),
    ...(lastUsed !== undefined && { lastUsed }),
    ...(shown.length > 0 && { targets: shown }),
  };
}

/** `coarse`: milliseconds by which the status may be behind. */
function isDue(before: RuleSetUsage, latest: RuleSetUsage, coarse: number): boolean {
  const behind = behindBy(before.lastUsed, latest.lastUsed);
  if (behind > coarse) return true;
  const known = new Map(before.targets?.map(({ target, lastUsed }) => [target, lastUsed]));
  const used = latest.targets ?? [];
  const isGone = used.filter(({ target }) => known.has(target)).length < known.size;
  const isLate = used.some(({ target, lastUsed }) => behindBy(known.get(target), lastUsed) > coarse);
  return isGone || (isLate && behind > coarse / WRITES);
}

/** Milliseconds; endless where something is said for the first time. */
function behindBy(said: string | undefined, found: string | undefined): number {
  if (found === undefined) return 0;
  return said === undefined ? Number.POSITIVE_INFINITY : Date.parse(found) - Date.parse(said);
}

function planInUse(
  { since, lastUsed }: RuleSetUsage,
  { now, unusedAfter, action }: UsageInput,
): Stated | undefined {
  if (now - Date.parse(lastUsed ?? since) < unusedAfter) {
    const message = 'requests are decided by the set';
    return lastUsed === undefined ? undefined : { type: 'InUse', status: 'True', reason: 'Used', message };
  }
  if (action === 'Deny') return undefined;
  const days = Math.round(unusedAfter / DAY);
  const last = lastUsed === undefined ? `not once since ${day(since)}` : `last on ${day(lastUsed)}`;
  const message = `no request has been allowed by the set for ${days} days (${last}): take away what nobody needs`;
  return { type: 'InUse', status: 'False', reason: 'Unused', message };
}

const day = (time: string): string => time.slice(0, 10);

/** An agent's clock may be ahead of ours. */
function notAfter(time: string | undefined, now: number): string | undefined {
  const latest = new Date(now).toISOString();
  return time === undefined || time < latest ? time : latest;
}

function laterOf(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
