import { type Allowed, type Client, type DecisionSettings, isObserved } from '../../rules/index.ts';
import type { Route } from '../upstream/index.ts';

/** What the gate (src/relay/gate.c) does with a tunnel. */
export interface GateOrder {
  mode: 'report' | 'enforce';
  /** The name that was allowed. */
  name: string;
}

export interface GatedTunnel {
  method: string;
  client: Client;
  decision: Allowed;
  route: Route;
}

/**
 * The order for an allowed request; undefined if the gate does not open it. An address has no name to compare with, and a
 * parent connects by itself.
 */
export function orderGate(
  { method, client, decision: { destination }, route }: GatedTunnel,
  { tlsServerName, tlsPorts }: Pick<DecisionSettings, 'tlsServerName' | 'tlsPorts'>,
): GateOrder | undefined {
  if (tlsServerName === 'Ignore' || method !== 'CONNECT' || route.kind !== 'direct') return undefined;
  if (destination.kind !== 'name' || !tlsPorts.has(destination.port)) return undefined;
  const isEnforced = tlsServerName === 'Enforce' && !isObserved(client);
  return { mode: isEnforced ? 'enforce' : 'report', name: destination.name };
}
