import { type Allowed, formatDestination, formatRule } from '../../rules/index.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import { ownCopy } from '../own-copy.ts';
import type { Question } from '../question/question.ts';
import type { Tunnel } from '../tunnels/index.ts';

export interface AllowedConnect {
  id: string;
  question: Question;
  port: number;
  decision: Allowed;
  pod: ClientPod | undefined;
  addresses: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** A CONNECT that is allowed, as the tunnel that it becomes. Its audit line says the same and how it ended. */
export function describeTunnel({
  id,
  question,
  port,
  decision,
  pod,
  addresses,
  now,
}: AllowedConnect): Tunnel {
  const { method, scheme, sourcePort } = question;
  const client = ownCopy(question.source);
  const rule = decision.wouldDeny?.rule ?? decision.rule;
  return {
    id,
    client: { address: client, port: sourcePort },
    podUid: pod?.metadata.uid,
    request: { method: ownCopy(method), scheme, host: ownCopy(question.host), port },
    addresses,
    known: {
      id,
      time: new Date(now).toISOString(),
      ...(pod && { namespace: pod.metadata.namespace, pod: pod.metadata.name }),
      ...(pod?.owner !== undefined && { owner: pod.owner }),
      client,
      method: ownCopy(method),
      target: ownCopy(formatDestination(decision.destination)),
      verdict: 'allow',
      ...(decision.wouldDeny && { wouldDeny: true }),
      reason: decision.wouldDeny?.reason ?? decision.reason,
      ...(rule && { rule: formatRule(rule) }),
      ...(decision.upstreams.length > 0 && { upstream: decision.upstreams.join(',') }),
      bytesReceived: 0,
      bytesSent: 0,
      durationMs: 0,
    },
    revoked: false,
  };
}
