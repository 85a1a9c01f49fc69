import type { DirectTargetsStatus, EgressRuleSet } from '../../api/index.ts';
import { type ConditionUpdate, findCondition, listNames } from '../conditions.ts';
import type { DirectTargetsPlan } from './plan-direct-targets.ts';

/** Why nothing is opened, or why the policy is not in place. */
export type Obstacle = Pick<ConditionUpdate, 'reason' | 'message'>;

export interface DirectStatusInput {
  plan: DirectTargetsPlan;
  /** Failed look-ups, as `name: error`. */
  errors: readonly string[];
  /** Names without any address. */
  unresolved: readonly string[];
  /** Undefined if the policy is in place. */
  obstacle: Obstacle | undefined;
}

/** The condition and the status of a rule set's direct targets. */
export function planDirectStatus({ plan, errors, unresolved, obstacle }: DirectStatusInput): {
  condition: ConditionUpdate;
  /** Undefined rather than empty, since server-side apply turns a map that loses its last field into null. */
  status: DirectTargetsStatus | undefined;
} {
  const { destinations, leftOut } = plan;
  const condition: ConditionUpdate = { type: 'DirectTargets', ...state() };
  const status: DirectTargetsStatus = {
    ...(!isClosed(obstacle) && destinations.length > 0 && { addresses: sorted(destinations) }),
    ...(leftOut.length > 0 && { leftOut: leftOut.map(({ message }) => message).sort() }),
    ...(errors.length > 0 && { lastError: [...errors].sort().join('; ') }),
  };
  return { condition, status: Object.keys(status).length > 0 ? status : undefined };

  function state(): Omit<ConditionUpdate, 'type'> {
    if (obstacle !== undefined) return { status: 'False', ...obstacle };
    const open = `${destinations.length} ${destinations.length === 1 ? 'destination is' : 'destinations are'} open without the proxy`;
    if (leftOut.length > 0) {
      const closed = listNames(leftOut.map(({ message }) => message));
      return { status: 'False', reason: 'LeftOut', message: `${open}; these targets stay closed: ${closed}` };
    }
    if (unresolved.length > 0) {
      const message = `${open}; DNS has no address for ${listNames(unresolved)}: check these names`;
      return { status: 'False', reason: 'NameNotResolved', message };
    }
    return { status: 'True', reason: 'Programmed', message: open };
  }
}

/** Whether nothing is open. If a policy could not be written, the previous one still applies. */
function isClosed(obstacle: DirectStatusInput['obstacle']): boolean {
  return obstacle !== undefined && !['Pending', 'PermissionDenied'].includes(obstacle.reason);
}

/**
 * The status to write before the policy: the addresses that the policy will open, beside the unchanged condition. The
 * next leader begins with these addresses, so that none is lost if this leader ends between the two writes. Undefined if
 * the status has them already.
 */
export function planStatusBeforePolicy(
  { status }: Pick<EgressRuleSet, 'status'>,
  { destinations }: DirectTargetsPlan,
): { condition: ConditionUpdate; status: DirectTargetsStatus } | undefined {
  const { directTargets: written = {}, conditions } = status ?? {};
  const known = new Set((written.addresses ?? []).map(textOf));
  if (destinations.every((each) => known.has(textOf(each)))) return undefined;
  const pending = {
    status: 'False',
    reason: 'Pending',
    message: 'the NetworkPolicy is being written',
  } as const;
  const { status: now, reason, message } = findCondition(conditions, 'DirectTargets') ?? pending;
  const condition = { type: 'DirectTargets', status: now, reason, message } as ConditionUpdate;
  return { condition, status: { ...written, addresses: sorted(destinations) } };
}

function sorted(destinations: DirectTargetsPlan['destinations']): DirectTargetsPlan['destinations'] {
  return [...destinations].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

function textOf({ host = '', cidr, protocol, port }: DirectTargetsPlan['destinations'][number]): string {
  return `${host} ${cidr} ${protocol} ${port}`;
}
