import type { Discovered } from '../api/index.ts';
import type { ApiServerEndpoint, DnsFacts } from '../enforcement/index.ts';

/** Facts about an EgressProxy's surroundings, gathered before it is rendered. */
export interface ProxyFacts {
  /** Image of the proxy's pods unless the spec names one: the controller's own. */
  image: string;
  productNamespace: string;
  /** Namespaces that the proxy serves, in enforce and observe mode. */
  servedNamespaces: readonly string[];
  /** Clients that are not pods, from the ClusterEgressRuleSets. */
  clientCIDRs: readonly string[];
  discovered: Discovered;
  dns: DnsFacts;
  /** Whether pods of a served namespace have, or get, the proxy's nameserver. */
  clientDns: boolean;
  /** Addresses to which the upstreams' hosts resolve now, with the upstreams' ports. */
  upstreamAddresses: readonly ApiServerEndpoint[];
  /** Certificate authorities that verify the upstreams, in any encoding. */
  upstreamAuthorities: readonly string[];
}

/** Ports of a proxy pod besides Squid's, as docs/architecture.md lists them. The gate's is on loopback only. */
export const agentPorts = {
  telemetry: 8081,
  api: 8444,
  goAccess: 7890,
  clientDns: 5353,
  clientDnsTelemetry: 8082,
  gate: 31290,
} as const;
