import type { DirectTargetsStatus, EgressRuleSet } from '../../api/index.ts';
import { findCondition, listed, type Stated } from '../conditions.ts';
import type { DirectTargetsPlan } from './plan-direct-targets.ts';

export interface DirectStatusInput {
  plan: DirectTargetsPlan;
  /** Why names could not be resolved, as `name: why`. */
  errors: readonly string[];
  /** Names without any address. */
  unresolved: readonly string[];
  /** Why the policy is not in place; undefined where it is. */
  obstacle: Pick<Stated, 'reason' | 'message'> | undefined;
}

/** What a rule set says of its direct targets. */
export function planDirectStatus({ plan, errors, unresolved, obstacle }: DirectStatusInput): {
  condition: Stated;
  /** Undefined rather than empty: of a map that loses its last field, server-side apply makes null. */
  status: DirectTargetsStatus | undefined;
} {
  const { destinations, leftOut } = plan;
  const condition = { type: 'DirectTargets', ...standing() };
  const status: DirectTargetsStatus = {
    ...(!isClosed(obstacle) && destinations.length > 0 && { addresses: sorted(destinations) }),
    ...(leftOut.length > 0 && { leftOut: leftOut.map(({ message }) => message).sort() }),
    ...(errors.length > 0 && { lastError: [...errors].sort().join('; ') }),
  };
  return { condition, status: Object.keys(status).length > 0 ? status : undefined };

  function standing(): Omit<Stated, 'type'> {
    if (obstacle !== undefined) return { status: 'False', ...obstacle };
    const open = `${destinations.length} addresses are open past the proxy`;
    if (leftOut.length > 0) {
      const closed = listed(leftOut.map(({ message }) => message));
      return { status: 'False', reason: 'LeftOut', message: `${open}; these stay closed: ${closed}` };
    }
    if (unresolved.length > 0) {
      const message = `${open}; these names have no address: ${listed(unresolved)}`;
      return { status: 'False', reason: 'NameNotResolved', message };
    }
    return { status: 'True', reason: 'Programmed', message: open };
  }
}

/** Nothing of ours is open. Where a policy could not be written, the one before still stands. */
function isClosed(obstacle: DirectStatusInput['obstacle']): boolean {
  return obstacle !== undefined && !['Pending', 'PermissionDenied'].includes(obstacle.reason);
}

/**
 * What to write before the policy is: the addresses that it will open, beside the condition as it stands. The next
 * leader begins from them, so that a leader which ends between the two writes takes no address along. Undefined where
 * the status has them already.
 */
export function planStatusAhead(
  { status }: Pick<EgressRuleSet, 'status'>,
  { destinations }: DirectTargetsPlan,
): { condition: Stated; status: DirectTargetsStatus } | undefined {
  const { directTargets: told = {}, conditions } = status ?? {};
  const known = new Set((told.addresses ?? []).map(textOf));
  if (destinations.every((each) => known.has(textOf(each)))) return undefined;
  const pending = {
    status: 'False',
    reason: 'Pending',
    message: 'the NetworkPolicy is being written',
  } as const;
  const standing = findCondition(conditions, 'DirectTargets') ?? pending;
  const { status: now, reason, message } = standing;
  const condition = { type: 'DirectTargets', status: now, reason, message } as Stated;
  return { condition, status: { ...told, addresses: sorted(destinations) } };
}

function sorted(destinations: DirectTargetsPlan['destinations']): DirectTargetsPlan['destinations'] {
  return [...destinations].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

function textOf({ host = '', cidr, protocol, port }: DirectTargetsPlan['destinations'][number]): string {
  return `${host} ${cidr} ${protocol} ${port}`;
}
