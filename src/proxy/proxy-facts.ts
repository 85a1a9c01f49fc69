import type { Discovered } from '../api/index.ts';
import type { ApiServerEndpoint, DnsFacts } from '../enforcement/index.ts';

/** What the world says about an EgressProxy, gathered before it is rendered. */
export interface ProxyFacts {
  /** The image of the proxy's pods where the spec names none: the controller's own. */
  image: string;
  productNamespace: string;
  /** The namespaces that it serves, in enforce and observe mode. */
  servedNamespaces: readonly string[];
  /** Clients that are no pods, from the ClusterEgressRuleSets. */
  clientCIDRs: readonly string[];
  discovered: Discovered;
  dns: DnsFacts;
  /** The addresses that the upstreams' hosts resolve to now, with the upstreams' ports. */
  upstreamAddresses: readonly ApiServerEndpoint[];
  /** The certificates by which they are verified, in any encoding. */
  upstreamAuthorities: readonly string[];
}

/** The ports beside Squid's, as docs/architecture.md lists them. */
export const agentPorts = { telemetry: 8081, api: 8444, goAccess: 7890 } as const;
