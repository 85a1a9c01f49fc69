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
const DAY = 24 * 60 * 60_000;

/** What is known of a rule set's use. Times that are only a little older than what was seen stay as they are. */
export function planUsage(input: UsageInput): UsagePlan {
  const { before, targets, used, now, unusedAfter } = input;
  const coarse = Math.min(COARSE, unusedAfter / 4);
  const since = before?.since ?? new Date(now).toISOString();
  const known = new Map(before?.targets?.map(({ target, lastUsed }) => [target, lastUsed]));
  const shown = targets.flatMap((target, index) => {
    const lastUsed = later(known.get(target), notAfter(used.get(index), now), coarse);
    return lastUsed === undefined ? [] : [{ target, lastUsed }];
  });
  const lastUsed = shown.reduce<string | undefined>(
    (latest, each) => later(latest, each.lastUsed, 0),
    before?.lastUsed,
  );
  const usage = {
    since,
    ...(lastUsed !== undefined && { lastUsed }),
    ...(shown.length > 0 && { targets: shown }),
  };
  return { usage, condition: planInUse(usage, input) };
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

/** The later one, unless it is later by less than `coarse` milliseconds. */
function later(old: string | undefined, found: string | undefined, coarse: number): string | undefined {
  if (old === undefined || found === undefined) return found ?? old;
  return Date.parse(found) - Date.parse(old) > coarse ? found : old;
}
