import { type Allowed, formatDestination, formatRule } from '../../rules/index.ts';
import { detachString } from '../detach-string.ts';
import type { RequestOutline } from '../open-requests/index.ts';
import type { AclRequest } from '../squid-acl/index.ts';
import type { ClientPod } from '../state/index.ts';
import type { Tunnel } from '../tunnels/index.ts';
import type { Route } from '../upstream/index.ts';

export interface AllowedRequest {
  request: AclRequest;
  port: number;
  decision: Allowed;
  pod: ClientPod | undefined;
  addresses: readonly string[] | undefined;
  route: Route | undefined;
}

/** The part of an allowed request, or of the tunnel that it opens, that equal requests share. */
export type AllowOutline = RequestOutline &
  Pick<Tunnel, 'podUid' | 'request' | 'addresses'> & {
    /** Whether it becomes a tunnel, or may become one if its origin agrees. */
    opensTunnel: boolean;
  };

/** What is known of an allowed request. Its audit line has the same fields, and how it ended. */
export function outlineRequest({
  request,
  port,
  decision,
  pod,
  addresses,
  route,
}: AllowedRequest): AllowOutline {
  const { method, scheme, host } = request;
  const client = detachString(request.source);
  const rule = decision.wouldDeny?.rule ?? decision.rule;
  return {
    client,
    podUid: pod?.metadata.uid,
    request: { method: detachString(method), scheme, host: detachString(host), port },
    addresses,
    opensTunnel: method === 'CONNECT' || request.asksUpgrade,
    known: {
      ...(pod && { namespace: pod.metadata.namespace, pod: pod.metadata.name }),
      ...(pod?.owner !== undefined && { owner: pod.owner }),
      client,
      method: detachString(method),
      target: detachString(formatDestination(decision.destination)),
      verdict: 'allow',
      ...(decision.wouldDeny && { wouldDeny: true }),
      reason: decision.wouldDeny?.reason ?? decision.reason,
      ...(rule && { rule: formatRule(rule) }),
      ...(route?.kind === 'parents' && { upstream: route.names.join(',') }),
      bytesReceived: 0,
      bytesSent: 0,
      durationMs: 0,
    },
  };
}

/** The tunnel of one request: `port` of the client, `now` in milliseconds since the epoch. */
export function openedTunnel(
  { client, podUid, request, addresses, known }: AllowOutline,
  { id, port, now }: { id: string; port: number; now: number },
): Tunnel {
  return {
    id,
    client: { address: client, port },
    podUid,
    request,
    addresses,
    known: { id, time: new Date(now).toISOString(), ...known },
    revoked: false,
  };
}
