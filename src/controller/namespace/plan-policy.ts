import { annotation, type EgressProxy, type EgressProxySpec } from '../../api/index.ts';
import {
  type DnsFacts,
  type NetworkPolicy,
  type ProxyEndpoint,
  renderNamespacePolicy,
} from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import { DEFAULT_PORT } from '../../proxy/index.ts';
import type { KeptNamespace } from '../follow/index.ts';

export interface PolicyInput {
  namespace: KeptNamespace;
  served: ServedNamespace;
  /** Proxies that pods of the namespace still have in their variables. */
  former?: readonly EgressProxy[];
  dns: DnsFacts;
  apiServer: readonly { address: string; port: number }[];
}

/** The policies that there are to be in a namespace. None unless it is enforced. */
export function planNamespacePolicies(input: PolicyInput): NetworkPolicy[] {
  const { namespace, served, former = [], dns, apiServer } = input;
  if (served.mode !== 'enforce') return [];
  const { name, annotations } = namespace.metadata;
  const isServed = served.kind === 'served';
  return [
    renderNamespacePolicy({
      namespace: name,
      proxy: isServed ? endpointOf(served.proxy) : missingEndpoint(served.missingProxy),
      formerProxies: isServed ? former.map(endpointOf) : [],
      dns,
      apiServer,
      inClusterTraffic: inClusterTraffic(isServed ? served.proxy.spec : {}, annotations),
      apiServerAllowed: annotations[annotation.apiServer] === 'allow',
      podSelector: isServed ? served.selector : undefined,
    }),
  ];
}

function endpointOf({
  metadata,
  spec,
}: Extract<ServedNamespace, { kind: 'served' }>['proxy']): ProxyEndpoint {
  return { namespace: metadata.namespace ?? '', name: metadata.name, port: spec.port ?? DEFAULT_PORT };
}

/** A proxy that does not exist: what is to be enforced stays closed, and nothing answers where the policy leads. */
function missingEndpoint(reference = 'none.none'): ProxyEndpoint {
  const dot = reference.indexOf('.');
  const [namespace, name] =
    dot < 0 ? ['none', reference] : [reference.slice(0, dot), reference.slice(dot + 1)];
  return { namespace, name, port: DEFAULT_PORT };
}

/** Either the operator or the namespace can close it, and neither opens what the other closes. */
function inClusterTraffic(spec: EgressProxySpec, annotations: Record<string, string>): 'Allow' | 'Deny' {
  const denied = spec.inClusterTraffic === 'Deny' || annotations[annotation.inClusterTraffic] === 'deny';
  return denied ? 'Deny' : 'Allow';
}
