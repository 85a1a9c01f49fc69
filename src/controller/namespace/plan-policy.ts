import { annotation, type EgressProxy, type EgressProxySpec } from '../../api/index.ts';
import type { CachedNamespace } from '../../cluster/index.ts';
import {
  type DnsFacts,
  type NetworkPolicy,
  type ProxyEndpoint,
  renderNamespacePolicy,
} from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import { DEFAULT_PORT } from '../../proxy/index.ts';

export interface PolicyInput {
  namespace: CachedNamespace;
  served: ServedNamespace;
  /** EgressProxies that pods of the namespace still have in their variables. */
  former?: readonly EgressProxy[];
  dns: DnsFacts;
  apiServer: readonly { address: string; port: number }[];
}

/** The desired policies of a namespace. Empty unless it is enforced. */
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

/** Endpoint of a proxy that does not exist: the namespace is closed, and no pod matches what the policy allows. */
function missingEndpoint(reference = 'none.none'): ProxyEndpoint {
  const dot = reference.indexOf('.');
  const [namespace, name] =
    dot < 0 ? ['none', reference] : [reference.slice(0, dot), reference.slice(dot + 1)];
  return { namespace, name, port: DEFAULT_PORT };
}

/** Deny if the operator or the namespace denies it. */
function inClusterTraffic(spec: EgressProxySpec, annotations: Record<string, string>): 'Allow' | 'Deny' {
  const denied = spec.inClusterTraffic === 'Deny' || annotations[annotation.inClusterTraffic] === 'deny';
  return denied ? 'Deny' : 'Allow';
}
