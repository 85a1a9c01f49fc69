import { decisionReasons } from './reasons.ts';
import { Choice, type Static, Type } from './schema.ts';

const text = (description: string) => Type.Optional(Type.String({ description }));
const count = (description: string) => Type.Integer({ minimum: 0, description });

/**
 * One request as the audit log shows it, a JSON object a line. A tunnel is one, written when it closes. What is not
 * known, or does not apply, is left out.
 */
export const AuditRecord = Type.Object(
  {
    id: text('The id that the refusal, its Event and this line share.'),
    time: Type.String({ format: 'date-time', description: 'When the request arrived.' }),
    namespace: text("The client pod's namespace."),
    pod: text("The client pod's name."),
    owner: text("`Kind/name` of the pod's workload."),
    client: text("The client's address."),
    method: text('CONNECT, GET, ...'),
    target: Type.String({ description: '`host:port`, in the spelling of rules.' }),
    url: text('Plain HTTP only.'),
    userAgent: text('As the client gave it.'),
    resolvedIP: text('The address that was dialled; with a parent it resolves the name itself.'),
    verdict: Choice(['allow', 'deny']),
    wouldDeny: Type.Optional(
      Type.Unsafe<true>({
        type: 'boolean',
        enum: [true],
        description: 'Observe mode let pass what enforce would refuse.',
      }),
    ),
    reason: Type.Optional(Choice(decisionReasons)),
    rule: text("`namespace/name#index`; `name#index` for the cluster's own."),
    upstream: text('The parent that the request went to.'),
    upstreamStatus: Type.Optional(
      Type.Integer({ description: 'The HTTP status that this parent answered; absent where it did not.' }),
    ),
    status: Type.Optional(
      Type.Integer({ description: 'The HTTP status that the client got; absent where it left before.' }),
    ),
    result: text("Squid's own word, such as TCP_TUNNEL or TCP_DENIED."),
    bytesReceived: count('From the client: headers and bodies.'),
    bytesSent: count('To the client: headers and bodies.'),
    durationMs: count('From its arrival to its end, in milliseconds.'),
  },
  { additionalProperties: false },
);
export type AuditRecord = Static<typeof AuditRecord>;
