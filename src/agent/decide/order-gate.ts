import type { TlsServerName } from '../../api/index.ts';
import { type Allowed, beginsWithTls, type DecisionSettings, isTcpTarget } from '../../rules/index.ts';
import type { Route } from '../upstream/index.ts';

/** `pass`: nothing is compared. */
type GateMode = 'pass' | 'report' | 'enforce';

/** What the gate (src/relay/gate.c) does with a tunnel. */
export interface GateOrder {
  mode: GateMode;
  /** The name that was allowed. */
  name: string;
}

export interface GatedTunnel {
  method: string;
  /** What holds for the client. */
  check: TlsServerName;
  decision: Allowed;
  route: Route;
}

/**
 * The order for an allowed request; undefined if the gate does not open it. An address has no name to compare with, and a parent
 * connects by itself. The targets that the operator names as no TLS are opened by the gate whatever `check` says, since it
 * passes on a half-close (docs/decisions/0065).
 */
export function orderGate(
  { method, check, decision: { destination }, route }: GatedTunnel,
  settings: Pick<DecisionSettings, 'tlsPorts' | 'tcpTargets'>,
): GateOrder | undefined {
  if (method !== 'CONNECT' || route.kind !== 'direct' || destination.kind !== 'name') return undefined;
  const { name } = destination;
  if (isTcpTarget(destination, settings)) return { mode: 'pass', name };
  if (check === 'Ignore' || !beginsWithTls(destination, settings)) return undefined;
  return { mode: check === 'Enforce' ? 'enforce' : 'report', name };
}
