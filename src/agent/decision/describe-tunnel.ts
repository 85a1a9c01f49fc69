import type { AuditRecord } from '../../api/index.ts';
import { type Allowed, formatDestination, formatRule } from '../../rules/index.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import { ownCopy } from '../own-copy.ts';
import type { AclRequest } from '../squid-acl/index.ts';
import type { Tunnel } from '../tunnels/index.ts';
import type { Route } from '../upstream/plan-route.ts';

export interface AllowedConnect {
  question: AclRequest;
  port: number;
  decision: Allowed;
  pod: ClientPod | undefined;
  addresses: readonly string[] | undefined;
  route: Route | undefined;
}

/** What the tunnels of all requests that ask the same have in common. */
export type TunnelOutline = Pick<Tunnel, 'podUid' | 'request' | 'addresses'> & {
  client: string;
  known: Omit<AuditRecord, 'id' | 'time'>;
};

/** A CONNECT that is allowed, as the tunnel that it becomes. Its audit line says the same and how it ended. */
export function outlineTunnel({
  question,
  port,
  decision,
  pod,
  addresses,
  route,
}: AllowedConnect): TunnelOutline {
  const { method, scheme } = question;
  const client = ownCopy(question.source);
  const rule = decision.wouldDeny?.rule ?? decision.rule;
  return {
    client,
    podUid: pod?.metadata.uid,
    request: { method: ownCopy(method), scheme, host: ownCopy(question.host), port },
    addresses,
    known: {
      ...(pod && { namespace: pod.metadata.namespace, pod: pod.metadata.name }),
      ...(pod?.owner !== undefined && { owner: pod.owner }),
      client,
      method: ownCopy(method),
      target: ownCopy(formatDestination(decision.destination)),
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

/** One of them: `port` is the client's, `now` milliseconds since the epoch. */
export function openedTunnel(
  { client, podUid, request, addresses, known }: TunnelOutline,
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
