import {
  Choice,
  Conditions,
  type ObjectMeta,
  Opaque,
  type ResourceKind,
  type Static,
  StringMap,
  Type,
} from './schema.ts';

const cidrList = (description: string) =>
  Type.Optional(Type.Array(Type.String({ maxLength: 49 }), { maxItems: 1000, description }));
const port = (options: Record<string, unknown> = {}) =>
  Type.Integer({ minimum: 1, maximum: 65535, ...options });

const SecretKeyRef = Type.Object({ name: Type.String(), key: Type.Optional(Type.String()) });

const Upstream = Type.Object({
  name: Type.String({ maxLength: 63 }),
  host: Type.String({ maxLength: 253 }),
  port: port(),
  targets: Type.Optional(
    Type.Array(Type.String({ maxLength: 1024 }), { description: 'What it owns; default all.' }),
  ),
  connectTimeoutSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 20,
      default: 3,
      description: 'How long one address of it may take to accept a connection.',
    }),
  ),
  header: Type.Optional(
    Type.Object(
      {
        name: Type.String({
          maxLength: 63,
          description: 'Begins with X-. What a client sends as it is removed.',
        }),
        value: Choice(['DecisionId', 'PodIdentity'], {
          description: "The id of the audit line, or the client pod's namespace/name.",
        }),
      },
      { description: 'A header that this parent gets with each request, and nobody else.' },
    ),
  ),
  credentialsSecretRef: Type.Optional(
    Type.Object(
      { name: Type.String() },
      { description: 'A Secret with username and password, in the namespace of the EgressProxy.' },
    ),
  ),
  tls: Type.Optional(
    Type.Object({
      caSecretRef: Type.Optional(SecretKeyRef),
      caConfigMapRef: Type.Optional(SecretKeyRef),
      serverName: Type.Optional(Type.String({ maxLength: 253 })),
    }),
  ),
});
export type Upstream = Static<typeof Upstream>;

const quantity = (description: string, fallback: string) =>
  Type.Optional(Type.String({ default: fallback, description }));

const Persistence = Type.Object(
  {
    pvc: Type.Optional(
      Type.Object(
        {
          claimName: Type.Optional(
            Type.String({ maxLength: 253, description: 'A claim that is there already.' }),
          ),
          size: Type.Optional(
            Type.String({ description: 'Of a claim to be made, which outlives the proxy.' }),
          ),
          storageClassName: Type.Optional(Type.String({ maxLength: 253 })),
          accessMode: Type.Optional(
            Choice(['ReadWriteOnce', 'ReadWriteMany'], {
              description: 'Default: ReadWriteOnce for one replica, else ReadWriteMany.',
            }),
          ),
        },
        { description: 'Either claimName or size.' },
      ),
    ),
    hostPath: Type.Optional(
      Type.Object(
        { path: Type.String({ maxLength: 4096 }) },
        {
          description:
            "A folder of the node. Pod Security's baseline and restricted refuse it, and a container runs as root to make the folder the agent's.",
        },
      ),
    ),
    maxSize: quantity("Of all files in the volume's folder together; the oldest go.", '1Gi'),
    fileSize: quantity('Of one file; then the next begins.', '64Mi'),
  },
  { description: 'Keeps the log in files, one series a pod, on a volume: a claim or a folder of the node.' },
);

const AccessLog = Type.Object({
  format: Type.Optional(
    Choice(['json', 'squid', 'combined'], {
      default: 'json',
      description:
        "Of the files and of the container log-streamer, which there is with squid and combined. The agent's own log is always JSON.",
    }),
  ),
  query: Type.Optional(
    Choice(['Keep', 'Redact'], {
      default: 'Redact',
      description: 'What the audit log shows of a query string.',
    }),
  ),
  maxSize: quantity(
    'How much the proxy keeps while its agent is away; beyond it lines are lost and counted.',
    '64Mi',
  ),
  persistence: Type.Optional(Persistence),
});

const GoAccess = Type.Object({
  enabled: Type.Optional(
    Type.Boolean({ default: false, description: 'Run GoAccess in each proxy pod, on port 7890.' }),
  ),
  service: Type.Optional(
    Type.Object(
      {
        type: Type.Optional(Choice(['ClusterIP', 'NodePort', 'LoadBalancer'], { default: 'ClusterIP' })),
        nodePort: Type.Optional(port()),
        allowedCIDRs: cidrList('Who may look; without one nobody but a port-forward gets in.'),
      },
      { description: 'A Service `<proxy>-goaccess`.' },
    ),
  ),
});

const EgressProxySpec = Type.Object({
  replicas: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'Default 2; not beside autoscaling.' }),
  ),
  autoscaling: Type.Optional(
    Type.Object({
      minReplicas: Type.Optional(Type.Integer({ minimum: 1, default: 2 })),
      maxReplicas: Type.Integer({ minimum: 1 }),
      targetCPUUtilizationPercentage: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 70 })),
    }),
  ),
  port: Type.Optional(port({ default: 3128 })),
  image: Type.Optional(Type.String({ description: "Default: the controller's own image." })),
  resources: Type.Optional(
    Opaque<{ requests?: Record<string, string>; limits?: Record<string, string> }>("Squid's resources."),
  ),
  nodeSelector: Type.Optional(StringMap),
  tolerations: Type.Optional(Type.Array(Opaque<Record<string, unknown>>('A toleration.'))),
  priorityClassName: Type.Optional(Type.String()),
  upstreams: Type.Optional(
    Type.Array(Upstream, { maxItems: 32, description: 'Parent proxies, first match first.' }),
  ),
  aliases: Type.Optional(Type.Array(Type.String({ maxLength: 253 }), { maxItems: 16 })),
  injectAlias: Type.Optional(
    Type.String({ maxLength: 253, description: 'The alias that stands in HTTP_PROXY.' }),
  ),
  noProxy: Type.Optional(Type.Array(Type.String({ maxLength: 253 }), { maxItems: 256 })),
  inClusterTraffic: Type.Optional(Choice(['Allow', 'Deny'], { default: 'Allow' })),
  ruleSetScope: Type.Optional(
    Choice(['Namespace', 'Cluster'], {
      default: 'Namespace',
      description: 'Cluster: the union of all sets holds for everyone.',
    }),
  ),
  defaultMode: Type.Optional(
    Choice(['None', 'Observe', 'Enforce'], {
      default: 'None',
      description: 'The mode of namespaces without our label. Counts on the default proxy only.',
    }),
  ),
  exemptNamespaces: Type.Optional(Type.Array(Type.String({ maxLength: 63 }), { maxItems: 1000 })),
  wildcardTargets: Type.Optional(
    Choice(['Warn', 'Deny'], { default: 'Warn', description: 'What becomes of *:port in rule sets.' }),
  ),
  allowedPorts: Type.Optional(
    Type.Array(port(), { maxItems: 256, description: 'A ceiling over all rules; default none.' }),
  ),
  privateDestinations: Type.Optional(
    Choice(['Deny', 'Allow'], {
      default: 'Deny',
      description:
        'Deny: a special-purpose address is reached only where privateCIDRs and a CIDR target both hold it. Allow: names that the rules allow may also resolve into privateCIDRs without a CIDR target.',
    }),
  ),
  privateCIDRs: cidrList('The special-purpose ranges that the operator opens.'),
  clientEnv: Type.Optional(
    Type.Object({
      java: Type.Optional(
        Type.Boolean({ default: false, description: 'Append proxy settings to JAVA_TOOL_OPTIONS.' }),
      ),
      node: Type.Optional(Type.Boolean({ default: false, description: 'Set NODE_USE_ENV_PROXY=1.' })),
      transparent: Type.Optional(
        Type.Boolean({
          default: false,
          description:
            'Take programs that ignore the variables to the proxy: what a pod sends to TCP 80 and 443 is redirected to a sidecar.',
        }),
      ),
    }),
  ),
  trustBundle: Type.Optional(
    Type.Object(
      {
        configMapRef: SecretKeyRef,
        publicRoots: Type.Optional(
          Choice(['Include', 'Exclude'], {
            default: 'Include',
            description:
              'Include: programs go on trusting the public authorities too. Exclude: the ConfigMap is all that they trust.',
          }),
        ),
      },
      {
        description:
          "Authorities that the pods are to trust, such as that of a TLS-inspecting parent: a ConfigMap in the EgressProxy's namespace; key default ca.crt. Pods get it with SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and NODE_EXTRA_CA_CERTS.",
      },
    ),
  ),
  drainSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 86400,
      default: 30,
      description: 'How long open tunnels may live on when a proxy pod stops.',
    }),
  ),
  closeRevoked: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'End an open tunnel when the rules would refuse it now. Adds a container with NET_ADMIN to the pods of the proxy.',
    }),
  ),
  limits: Type.Optional(
    Type.Object({
      pendingPerSource: Type.Optional(Type.Integer({ minimum: 1, default: 64 })),
      pending: Type.Optional(Type.Integer({ minimum: 1, default: 4096 })),
    }),
  ),
  directTargets: Type.Optional(
    Type.Object({
      policy: Type.Optional(Choice(['Deny', 'Allow'], { default: 'Deny' })),
      cidrs: cidrList('The ceiling: every address must lie in one of these.'),
      ports: Type.Optional(Type.Array(port(), { maxItems: 256 })),
    }),
  ),
  identityHoldSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 25,
      default: 5,
      description: 'How long a question waits for a pod IP that the API does not show yet.',
    }),
  ),
  podSecurityDefault: Type.Optional(
    Choice(['privileged', 'baseline', 'restricted'], {
      description:
        'The Pod Security level that the cluster enforces in namespaces without a label: below privileged, transparent mode is left out.',
    }),
  ),
  service: Type.Optional(
    Type.Object({
      type: Type.Optional(Choice(['ClusterIP', 'NodePort', 'LoadBalancer'], { default: 'ClusterIP' })),
      nodePort: Type.Optional(port()),
      clusterIP: Type.Optional(Type.String()),
      annotations: Type.Optional({
        ...StringMap,
        description: 'Of the Service, such as those by which a cloud makes an internal load balancer.',
      }),
    }),
  ),
  accessLog: Type.Optional(AccessLog),
  goAccess: Type.Optional(GoAccess),
});
export type EgressProxySpec = Static<typeof EgressProxySpec>;

const Discovered = Type.Object(
  {
    clusterDomain: Type.Optional(Type.String()),
    podCIDRs: Type.Optional(Type.Array(Type.String())),
    serviceCIDRs: Type.Optional(Type.Array(Type.String())),
    nodeCIDRs: Type.Optional(
      Type.Array(Type.String(), { description: "The nodes' addresses, each as a range." }),
    ),
    apiServer: Type.Optional(
      Type.Array(Type.Object({ address: Type.String(), port: Type.Integer() }), {
        description: "The API server's endpoints behind the kubernetes Service.",
      }),
    ),
    apiServerClusterIPs: Type.Optional(Type.Array(Type.String())),
  },
  {
    description: 'What the controller found out about the cluster. Agents and the webhook read it from here.',
  },
);
export type Discovered = Static<typeof Discovered>;

const UpstreamStatus = Type.Object({
  name: Type.String(),
  healthy: Type.Boolean({ description: 'Every ready replica that answers can use it.' }),
  lastError: Type.Optional(Type.String({ description: 'What the replicas say that cannot.' })),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'Since when it is so.' })),
  addresses: Type.Optional(
    Type.Array(Type.String(), {
      description: "What its host resolves to; open in the proxy's NetworkPolicy.",
    }),
  ),
});
export type UpstreamStatus = Static<typeof UpstreamStatus>;

const EgressProxyStatus = Type.Object({
  conditions: Type.Optional(Conditions),
  observedGeneration: Type.Optional(Type.Integer()),
  url: Type.Optional(Type.String()),
  effectiveNoProxy: Type.Optional(Type.String({ description: "NO_PROXY before a namespace's own entries." })),
  readyReplicas: Type.Optional(Type.Integer()),
  replicas: Type.Optional(Type.Integer()),
  namespaces: Type.Optional(Type.Integer({ description: 'How many namespaces it serves.' })),
  transparentImage: Type.Optional(
    Type.String({
      description: "The image of transparent mode's containers, once the guards let it pass.",
    }),
  ),
  trustBundle: Type.Optional(
    Type.String({ description: 'SHA-256 of what pods get of the trust bundle, once it was read.' }),
  ),
  discovered: Type.Optional(Discovered),
  upstreams: Type.Optional(Type.Array(UpstreamStatus)),
});
export type EgressProxyStatus = Static<typeof EgressProxyStatus>;

export interface EgressProxy {
  apiVersion: string;
  kind: 'EgressProxy';
  metadata: ObjectMeta;
  spec: EgressProxySpec;
  status?: EgressProxyStatus;
}

export const egressProxyKind: ResourceKind = {
  kind: 'EgressProxy',
  plural: 'egressproxies',
  singular: 'egressproxy',
  shortNames: ['egp'],
  scope: 'Namespaced',
  description:
    'A Squid deployment and how it treats the namespaces that it serves. Its name is the name of its Service.',
  spec: EgressProxySpec,
  status: EgressProxyStatus,
  printerColumns: [
    { name: 'URL', type: 'string', jsonPath: '.status.url' },
    { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas' },
    { name: 'Namespaces', type: 'integer', jsonPath: '.status.namespaces' },
    { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    {
      name: 'Enforced',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Enforced")].status',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
