import { cidrList, port, serviceTypes } from '../fields.ts';
import { requestLimitFields } from '../request-limits.ts';
import { Choice, Opaque, type Static, StringMap, Type } from '../schema.ts';
import { AccessLog } from './access-log.ts';
import { ClientEnv, TrustBundle } from './client-settings.ts';
import { ClusterSettings } from './cluster-settings.ts';
import { GoAccess } from './go-access.ts';
import { Upstream } from './upstream.ts';

const Autoscaling = Type.Object(
  {
    minReplicas: Type.Optional(
      Type.Integer({ minimum: 1, default: 2, description: 'The least number of proxy pods.' }),
    ),
    maxReplicas: Type.Integer({ minimum: 1, description: 'The greatest number of proxy pods.' }),
    targetCPUUtilizationPercentage: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 70,
        description:
          'The use of CPU, in percent of what the containers request, that the pods are scaled to.',
      }),
    ),
  },
  { description: 'A HorizontalPodAutoscaler. Instead of replicas.' },
);

const Limits = Type.Object({
  connectionsPerClient: Type.Optional(
    Type.Integer({
      minimum: 10,
      maximum: 30_000,
      default: 1000,
      description:
        'The most connections that one client address may have to a proxy pod. Further ones are closed without an answer.',
    }),
  ),
  bytesPerSecond: Type.Optional(
    Type.Integer({
      minimum: 65_536,
      maximum: 2_000_000_000,
      description:
        'The most bytes a second that one namespace receives through each proxy pod, over all its connections. Beyond it, its connections become slower. Default: no limit. A change rolls the pods.',
    }),
  ),
  pendingPerSource: Type.Optional(
    Type.Integer({
      minimum: 1,
      default: 64,
      description: 'The most requests of one client that wait for a decision.',
    }),
  ),
  pending: Type.Optional(
    Type.Integer({
      minimum: 1,
      default: 4096,
      description: 'The most requests of all clients that wait for a decision.',
    }),
  ),
  ruleSetsPerNamespace: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 200,
      description:
        'The most EgressRuleSets of one namespace that are used. The newest ones beyond it grant nothing.',
    }),
  ),
  targetsPerNamespace: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 5000,
      description:
        'The most targets that the EgressRuleSets of one namespace may have together. The newest sets beyond it grant nothing.',
    }),
  ),
  ...requestLimitFields({ connections: 4000, requestsPerSecond: 1000 }),
});

const DirectTargetsCeiling = Type.Object(
  {
    policy: Type.Optional(
      Choice(['Deny', 'Allow'], {
        default: 'Deny',
        description: 'Whether rule sets may have directTargets.',
      }),
    ),
    cidrs: cidrList('The ranges that directTargets may open.'),
    ports: Type.Optional(
      Type.Array(port(), { maxItems: 256, description: 'The ports that directTargets may open.' }),
    ),
  },
  {
    description: 'The limits of directTargets in EgressRuleSets: traffic that does not go through the proxy.',
  },
);

const Service = Type.Object({
  type: Type.Optional(
    Choice(serviceTypes, {
      default: 'ClusterIP',
      description:
        'How the Service is exposed. Clients outside of the cluster need clientCIDRs of a rule set.',
    }),
  ),
  nodePort: Type.Optional(
    port({ description: 'The port on the nodes that run a proxy pod. Default: any free one.' }),
  ),
  clusterIP: Type.Optional(
    Type.String({
      description:
        'The address of the Service. The controller writes it, so that a Service that is made again gets it again.',
    }),
  ),
  annotations: Type.Optional({
    ...StringMap,
    description:
      'Annotations of the Service, such as those that request an internal load balancer of a cloud.',
  }),
});

/** What happens to a tunnel that does not begin with TLS for the name that was allowed. */
export type TlsServerName = 'Ignore' | 'Report' | 'Enforce';

export const DEFAULT_TLS_SERVER_NAME = 'Ignore' satisfies TlsServerName;

export const EgressProxySpec = Type.Object({
  replicas: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'The number of proxy pods. Default: 2. Cannot be combined with autoscaling.',
    }),
  ),
  autoscaling: Type.Optional(Autoscaling),
  port: Type.Optional(port({ default: 3128, description: 'The port of the proxy.' })),
  image: Type.Optional(
    Type.String({ description: "The image of the proxy's pods. Default: the controller's own image." }),
  ),
  resources: Type.Optional(
    Opaque<{ requests?: Record<string, string>; limits?: Record<string, string> }>(
      'The resources of the Squid container.',
    ),
  ),
  nodeSelector: Type.Optional({
    ...StringMap,
    description: 'The labels of the nodes on which proxy pods may run.',
  }),
  tolerations: Type.Optional(
    Type.Array(Opaque<Record<string, unknown>>("A toleration of the proxy's pods."), {
      description: 'The taints of nodes that proxy pods tolerate.',
    }),
  ),
  priorityClassName: Type.Optional(
    Type.String({
      description:
        'The PriorityClass of the proxy pods: on a full node, pods of a higher class take their place.',
    }),
  ),
  upstreams: Type.Optional(
    Type.Array(Upstream, {
      maxItems: 32,
      description:
        'Parent proxies. A target goes through the first one that owns it and works, and never directly if one owns it.',
    }),
  ),
  aliases: Type.Optional(
    Type.Array(Type.String({ maxLength: 253 }), {
      maxItems: 16,
      description: 'Further DNS names under which pods of the served namespaces reach the proxy.',
    }),
  ),
  injectAlias: Type.Optional(
    Type.String({
      maxLength: 253,
      description: 'The alias to set in HTTP_PROXY instead of the Service name.',
    }),
  ),
  noProxy: Type.Optional(
    Type.Array(Type.String({ maxLength: 253 }), {
      maxItems: 256,
      description: 'Further entries of NO_PROXY.',
    }),
  ),
  noProxyNamespaces: Type.Optional(
    Choice(['List', 'Omit'], {
      default: 'List',
      description:
        'Whether NO_PROXY lists the namespaces that have Services, so that pods reach http://service.namespace directly. Omit keeps their names from the pods of other namespaces.',
    }),
  ),
  inClusterTraffic: Type.Optional(
    Choice(['Allow', 'Deny'], {
      default: 'Allow',
      description:
        'Whether pods of enforced namespaces may reach other pods of the cluster. Deny leaves only DNS and the proxy.',
    }),
  ),
  dns: Type.Optional(
    Choice(['Cluster', 'Report', 'ClusterOnly'], {
      default: 'Cluster',
      description:
        "Which names pods resolve. Cluster: all, through the cluster's DNS. Report: all, through a nameserver of the proxy, which reports names outside of the cluster. ClusterOnly: names of the cluster and of dnsAllow; pods of enforced namespaces reach no other DNS. The proxy resolves the names of requests. In observe mode ClusterOnly is Report.",
    }),
  ),
  dnsAllow: Type.Optional(
    Type.Array(Type.String({ maxLength: 253 }), {
      maxItems: 256,
      description:
        'Names outside of the cluster that pods resolve with dns: ClusterOnly: host names, or *. and a domain for all names below it.',
    }),
  ),
  hostNetworkPorts: Type.Optional(
    Type.Array(port(), {
      maxItems: 32,
      description:
        "Ports of the nodes' addresses, TCP and UDP, that pods of enforced namespaces may connect to: those of Services whose endpoints are pods on the host network. They stay closed where in-cluster traffic is denied.",
    }),
  ),
  ruleSetScope: Type.Optional(
    Choice(['Namespace', 'Cluster'], {
      default: 'Namespace',
      description:
        'Namespace: an EgressRuleSet applies to its own namespace. Cluster: those without a podSelector apply to all namespaces.',
    }),
  ),
  defaultMode: Type.Optional(
    Choice(['None', 'Observe', 'Enforce'], {
      default: 'None',
      description: 'The mode of namespaces without the mode label. Only the default proxy uses it.',
    }),
  ),
  exemptNamespaces: Type.Optional(
    Type.Array(Type.String({ maxLength: 63 }), {
      maxItems: 1000,
      description: 'Namespaces to which defaultMode does not apply.',
    }),
  ),
  tlsServerName: Type.Optional(
    Choice(['Ignore', 'Report', 'Enforce'], {
      default: DEFAULT_TLS_SERVER_NAME,
      description:
        'Whether a tunnel to a name must begin with TLS for this name. Report: what does not is in the audit log, with what Enforce would do. Enforce: it is ended before anything reaches the server. A namespace can be stricter by annotation. In observe mode it is always reported.',
    }),
  ),
  tlsPorts: Type.Optional(
    Type.Array(port(), {
      minItems: 1,
      maxItems: 256,
      description:
        'The ports to which tlsServerName applies: those of servers that speak TLS from the first byte. Default: 443.',
    }),
  ),
  tcpTargets: Type.Optional(
    Type.Array(Type.String({ maxLength: 512 }), {
      maxItems: 1000,
      description:
        'Targets to which tlsServerName does not apply, since their servers speak another protocol than TLS, such as SSH: ssh.github.com:443. Tunnels to these names, on any port, go through the gate, so that a client which ends its side gets the answer.',
    }),
  ),
  wildcardTargets: Type.Optional(
    Choice(['Warn', 'Deny'], {
      default: 'Warn',
      description:
        'How EgressRuleSets with the target *:port are treated: admitted with a warning, or denied.',
    }),
  ),
  allowedPorts: Type.Optional(
    Type.Array(port(), { maxItems: 256, description: 'The only ports that rules can allow. Default: all.' }),
  ),
  privateDestinations: Type.Optional(
    Choice(['Deny', 'Allow'], {
      default: 'Deny',
      description:
        'Deny: a special-purpose address is reachable only if it is in privateCIDRs and in a CIDR target. Allow: names that rules allow may also resolve to addresses in privateCIDRs without a CIDR target.',
    }),
  ),
  privateCIDRs: cidrList('The special-purpose ranges, such as private networks, that the operator opens.'),
  nat64Prefixes: Type.Optional(
    Type.Array(Type.String({ maxLength: 49 }), {
      maxItems: 8,
      description:
        'The prefixes of a NAT64 of your network, such as 2001:db8:64::/96. An address below one is treated as the IPv4 address in it. The well-known prefixes 64:ff9b::/96 and 64:ff9b:1::/48 need not be listed.',
    }),
  ),
  clientEnv: Type.Optional({
    ...ClientEnv,
    description: 'What pods get for programs that do not read the proxy variables.',
  }),
  trustBundle: Type.Optional(TrustBundle),
  drainSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 86400,
      default: 30,
      description: 'How long open tunnels may continue when a proxy pod stops.',
    }),
  ),
  idleSeconds: Type.Optional(
    Type.Integer({
      minimum: 60,
      maximum: 2_592_000,
      default: 3600,
      description:
        'How long a tunnel may carry no data in either direction, and how long a server may take to begin or continue its answer to a plain request.',
    }),
  ),
  closeRevoked: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        "Closes an open tunnel when the rules no longer allow it. Adds a container with NET_ADMIN to the proxy's pods.",
    }),
  ),
  limits: Type.Optional({
    ...Limits,
    description: 'What one namespace, or one client, may use of each proxy pod.',
  }),
  directTargets: Type.Optional(DirectTargetsCeiling),
  identityHoldSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 15,
      default: 5,
      description: 'How long a request waits if the Kubernetes API does not show a pod with its address yet.',
    }),
  ),
  podSecurityDefault: Type.Optional(
    Choice(['privileged', 'baseline', 'restricted'], {
      description:
        'The Pod Security level that the cluster enforces in namespaces without a label. With baseline or restricted, transparent mode is not injected there.',
    }),
  ),
  service: Type.Optional({ ...Service, description: 'The Service of the proxy, which has its name.' }),
  accessLog: Type.Optional({
    ...AccessLog,
    description: "The log of requests, in the agents' output and in files.",
  }),
  goAccess: Type.Optional({
    ...GoAccess,
    description: 'GoAccess beside Squid: a page with live statistics.',
  }),
  cluster: Type.Optional(ClusterSettings),
});
export type EgressProxySpec = Static<typeof EgressProxySpec>;
