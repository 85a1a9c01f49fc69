import { type Client, checkResolved, decide, type Snapshot } from '../../rules/index.ts';
import type { Tunnel } from './tunnel.ts';

/** The client that has a tunnel's address now. */
export type TunnelClient =
  | { kind: 'client'; client: Client; podUid: string | undefined }
  /** A pod that this proxy no longer serves. */
  | { kind: 'notServed' }
  | { kind: 'unknown' };

/** Whether the current rules would deny an open tunnel. */
export function isRevoked(
  { request, addresses, podUid, revoked }: Pick<Tunnel, 'request' | 'addresses' | 'podUid' | 'revoked'>,
  now: TunnelClient,
  snapshot: Snapshot,
): boolean {
  if (now.kind === 'notServed') return true;
  // The pod is gone, or not listed yet: keep the previous verdict.
  if (now.kind === 'unknown' || now.podUid !== podUid) return revoked;
  const current = { ...request, client: now.client };
  const decision = decide(current, snapshot);
  if (decision.verdict === 'deny') return true;
  if (!decision.mustResolve || addresses === undefined) return false;
  return checkResolved(decision, current, addresses, snapshot).decision.verdict === 'deny';
}
