import type { TlsServerName } from '../../api/index.ts';
import { type Allowed, beginsWithTls, type DecisionSettings } from '../../rules/index.ts';
import type { Route } from '../upstream/index.ts';

/** What the gate (src/relay/gate.c) does with a tunnel. */
export interface GateOrder {
  mode: 'report' | 'enforce';
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
 * The order for an allowed request; undefined if the gate does not open it. An address has no name to compare with, a parent
 * connects by itself, and the operator names the targets that are no TLS.
 */
export function orderGate(
  { method, check, decision: { destination }, route }: GatedTunnel,
  settings: Pick<DecisionSettings, 'tlsPorts' | 'tcpTargets'>,
): GateOrder | undefined {
  if (check === 'Ignore' || method !== 'CONNECT' || route.kind !== 'direct') return undefined;
  if (destination.kind !== 'name' || !beginsWithTls(destination, settings)) return undefined;
  return { mode: check === 'Enforce' ? 'enforce' : 'report', name: destination.name };
}
