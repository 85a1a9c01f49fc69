import { type EgressRuleSet, MANAGER } from '../../api/index.ts';
import { findCondition, mergeConditions } from '../conditions.ts';
import type { Deps } from '../deps.ts';
import type { KnownName } from '../names/follow-name.ts';
import { writeStatus } from '../objects/index.ts';
import type { DirectTargetsPlan } from './plan-direct-targets.ts';
import { type Obstacle, planDirectStatus, planStatusBeforePolicy } from './plan-status.ts';

/** Owns `status.directTargets` and the condition of that name, and no other part of the status. */
const STATUS_MANAGER = `${MANAGER}-direct-targets`;

/** Writes the addresses that the policy is about to open. Resolves with the rule set as the API server has it then. */
export async function writeStatusBeforePolicy(
  set: EgressRuleSet,
  plan: DirectTargetsPlan,
  { client, clock }: Pick<Deps, 'client' | 'clock'>,
  signal: AbortSignal,
): Promise<EgressRuleSet> {
  const planned = planStatusBeforePolicy(set, plan);
  if (planned === undefined) return set;
  const { generation } = set.metadata;
  const conditions = mergeConditions(set.status?.conditions, [planned.condition], {
    generation,
    now: clock.now(),
  });
  const status = { conditions, directTargets: planned.status };
  return (await writeStatus(client, set, status, signal, STATUS_MANAGER)) ?? set;
}

export interface Findings {
  plan: DirectTargetsPlan;
  names: ReadonlyMap<string, KnownName>;
  obstacle: Obstacle | undefined;
}

/** Writes what is open and what is not, with an Event for each target that stays closed. */
export async function writeStatusAfterPolicy(
  set: EgressRuleSet,
  { plan, names, obstacle }: Findings,
  { client, clock, events }: Pick<Deps, 'client' | 'clock' | 'events'>,
  signal: AbortSignal,
): Promise<void> {
  const known = [...names];
  const { condition, status } = planDirectStatus({
    plan,
    obstacle,
    errors: known.flatMap(([host, { error }]) => (error === undefined ? [] : [`${host}: ${error}`])),
    unresolved: known.filter(([, { addresses }]) => addresses.length === 0).map(([host]) => host),
  });
  const { generation } = set.metadata;
  const conditions = mergeConditions(set.status?.conditions, [condition], { generation, now: clock.now() });
  const written = await writeStatus(
    client,
    set,
    { conditions, ...(status && { directTargets: status }) },
    signal,
    STATUS_MANAGER,
  );
  if (!written) return;
  for (const { reason, message } of plan.leftOut) {
    events.record(set, 'Warning', reason, `direct target stays closed: ${message}`);
  }
}

/** Removes the status of direct targets from a rule set that has none any more. */
export async function clearStatus(
  set: EgressRuleSet | undefined,
  { client }: Pick<Deps, 'client'>,
  signal: AbortSignal,
): Promise<void> {
  if (set === undefined) return;
  const condition = findCondition(set.status?.conditions, 'DirectTargets');
  if (condition === undefined && set.status?.directTargets === undefined) return;
  await writeStatus(client, set, {}, signal, STATUS_MANAGER);
}
