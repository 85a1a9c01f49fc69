import type { DirectTargetsStatus } from '../../api/index.ts';
import { listed, type Stated } from '../conditions.ts';
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
    ...(obstacle === undefined && destinations.length > 0 && { addresses: sorted(destinations) }),
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

function sorted(destinations: DirectTargetsPlan['destinations']): DirectTargetsPlan['destinations'] {
  const textOf = ({ host = '', cidr, protocol, port }: (typeof destinations)[number]) =>
    `${host} ${cidr} ${protocol} ${port}`;
  return [...destinations].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}
