import { KeyRef, port } from '../fields.ts';
import { Choice, type Static, Type } from '../schema.ts';

const Header = Type.Object(
  {
    name: Type.String({
      maxLength: 63,
      description: "The header's name. It begins with X-. The same header of a client is removed.",
    }),
    value: Choice(['DecisionId', 'PodIdentity'], {
      description: "DecisionId: the id of the audit record. PodIdentity: the client pod's namespace/name.",
    }),
  },
  { description: 'A header that is sent to this parent with each request, and to nothing else.' },
);

const Tls = Type.Object(
  {
    caSecretRef: Type.Optional({
      ...KeyRef,
      description: 'A Secret with the certificate of the CA that the parent has its certificate from.',
    }),
    caConfigMapRef: Type.Optional({ ...KeyRef, description: 'A ConfigMap with it, instead of a Secret.' }),
    serverName: Type.Optional(
      Type.String({
        maxLength: 253,
        description: "The name that the parent's certificate must have. Default: host.",
      }),
    ),
  },
  { description: "TLS to the parent. Without a CA of its own, the system's authorities verify it." },
);

/** A parent proxy. */
export const Upstream = Type.Object({
  name: Type.String({
    maxLength: 63,
    description: 'The name of this entry in status.upstreams and in the audit log.',
  }),
  host: Type.String({
    maxLength: 253,
    description: 'The DNS name or the address of the parent. Of a name, every address is used.',
  }),
  port: port({ description: 'The port of the parent.' }),
  targets: Type.Optional(
    Type.Array(Type.String({ maxLength: 1024 }), {
      description: 'The targets that go through this parent. Default: all.',
    }),
  ),
  connectTimeoutSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 20,
      default: 3,
      description: 'How long one address of the parent may take to accept a connection.',
    }),
  ),
  probe: Type.Optional(
    Choice(['Request', 'Connect'], {
      default: 'Request',
      description:
        'What tells the agents that the parent works. Request: it answers OPTIONS *, with any status, in three times connectTimeoutSeconds. Connect: it accepts connections.',
    }),
  ),
  header: Type.Optional(Header),
  credentialsSecretRef: Type.Optional(
    Type.Object(
      { name: Type.String({ description: 'The name of the Secret.' }) },
      { description: 'A Secret with the keys username and password, in the namespace of the EgressProxy.' },
    ),
  ),
  tls: Type.Optional(Tls),
});
export type Upstream = Static<typeof Upstream>;

export const UpstreamStatus = Type.Object({
  name: Type.String(),
  healthy: Type.Boolean({ description: 'Whether every ready replica that answers can use the parent.' }),
  lastError: Type.Optional(Type.String({ description: 'The errors of the replicas that cannot use it.' })),
  since: Type.Optional(
    Type.String({ format: 'date-time', description: 'The time of the last change of healthy.' }),
  ),
  addresses: Type.Optional(
    Type.Array(Type.String(), {
      description: "The addresses to which the host resolves. The proxy's NetworkPolicy opens them.",
    }),
  ),
});
export type UpstreamStatus = Static<typeof UpstreamStatus>;
