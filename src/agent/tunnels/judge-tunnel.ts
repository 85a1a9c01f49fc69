import { type Client, checkResolved, decide, type Snapshot } from '../../rules/index.ts';
import type { Tunnel } from './tunnel.ts';

/** Who holds a tunnel's address now. */
export type TunnelClient =
  | { kind: 'client'; client: Client; podUid: string | undefined }
  /** This proxy serves it no longer. */
  | { kind: 'notServed' }
  | { kind: 'unknown' };

/** Whether the rules as they are now would refuse a tunnel that is open. */
export function isRevoked(
  { request, addresses, podUid, revoked }: Pick<Tunnel, 'request' | 'addresses' | 'podUid' | 'revoked'>,
  now: TunnelClient,
  snapshot: Snapshot,
): boolean {
  if (now.kind === 'notServed') return true;
  // Its pod is gone and the tunnel with it, or comes back into sight: nothing is to be judged anew.
  if (now.kind === 'unknown' || now.podUid !== podUid) return revoked;
  const asked = { ...request, client: now.client };
  const decision = decide(asked, snapshot);
  if (decision.verdict === 'deny') return true;
  if (!decision.mustResolve || addresses === undefined) return false;
  return checkResolved(decision, asked, addresses, snapshot).decision.verdict === 'deny';
}
