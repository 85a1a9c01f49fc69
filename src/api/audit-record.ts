import { decisionReasons, gateFaults } from './reasons.ts';
import { Choice, type Static, Type } from './schema.ts';

const text = (description: string) => Type.Optional(Type.String({ description }));
const count = (description: string) => Type.Integer({ minimum: 0, description });

/**
 * One request in the audit log: one line, a JSON object. A tunnel is one request, written when it closes. A request that
 * is under way for long has a line before, which `phase` marks. A field that is unknown or does not apply is absent.
 */
export const AuditRecord = Type.Object(
  {
    id: text('The id of the request, which the refusal and its Event show too.'),
    time: Type.String({
      format: 'date-time',
      description: 'When the request arrived; with a `phase`, when it was allowed.',
    }),
    phase: Type.Optional(
      Choice(['open', 'interrupted'], {
        description:
          'Absent from the record of a request that ended. `open`: it has been under way for a minute; another record with this id follows. `interrupted`: Squid ended before it logged the request, or that line was lost; nothing follows. Both have what is known from the decision, and 0 bytes.',
      }),
    ),
    namespace: text("The client pod's namespace."),
    pod: text("The client pod's name."),
    owner: text("`Kind/name` of the pod's workload."),
    client: text("The client's address."),
    method: text('The HTTP method, such as CONNECT or GET; DNS for a name that was asked for.'),
    target: Type.String({ description: 'The target `host:port`, as rules write it.' }),
    queries: Type.Optional(
      count('With the method DNS: the number of queries within some seconds that this record represents.'),
    ),
    url: text('The URL of a plain HTTP request.'),
    userAgent: text("The client's User-Agent header."),
    resolvedIP: text('The address that was dialled. Absent with a parent proxy, which resolves the name.'),
    verdict: Choice(['allow', 'deny']),
    wouldDeny: Type.Optional(
      Type.Unsafe<true>({
        type: 'boolean',
        enum: [true],
        description: 'Observe mode allowed what enforce mode would deny.',
      }),
    ),
    reason: Type.Optional(Choice(decisionReasons)),
    sni: text(
      'The TLS server name that the client sent, if the EgressProxy checks it (tlsServerName); percent-encoded.',
    ),
    tlsFault: Type.Optional(
      Choice(gateFaults, {
        description:
          'How the tunnel did not begin with TLS for its name, if the EgressProxy checks it (tlsServerName): Enforce ends such a tunnel. It is here whatever the reason is, such as NoMatchingRule in observe mode.',
      }),
    ),
    rule: text(
      'The rule that decided: `namespace/name#index`, or `name#index` for a ClusterEgressRuleSet. A target of an EgressTargetGroup is `#group/index`.',
    ),
    upstream: text('The upstream (parent proxy) to which the request was sent.'),
    upstreamStatus: Type.Optional(
      Type.Integer({ description: 'The HTTP status of the parent; absent if it did not answer.' }),
    ),
    status: Type.Optional(
      Type.Integer({ description: 'The HTTP status that the client received; absent if it left before.' }),
    ),
    result: text("Squid's result code, such as TCP_TUNNEL or TCP_DENIED."),
    bytesReceived: count('Bytes from the client: headers and bodies.'),
    bytesSent: count('Bytes to the client: headers and bodies.'),
    durationMs: count(
      'Milliseconds from the arrival of the request to its end; with a `phase`, from the decision to this record.',
    ),
  },
  { additionalProperties: false },
);
export type AuditRecord = Static<typeof AuditRecord>;
