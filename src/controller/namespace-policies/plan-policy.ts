import { annotation, type EgressProxy, isEnforcing } from '../../api/index.ts';
import type { CachedNamespace } from '../../cluster/index.ts';
import {
  type DnsFacts,
  type NetworkPolicy,
  namespacePolicyNames,
  type ProxyEndpoint,
  renderNamespacePolicy,
} from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { agentPorts, DEFAULT_PORT } from '../../proxy/index.ts';
import { systemPort } from '../../rules/index.ts';
import { isOurs } from '../objects/index.ts';

export interface PolicyInput {
  namespace: CachedNamespace;
  /** Name of the policy; absent: NAMESPACE_POLICY. */
  name?: string;
  served: ServedNamespace;
  /** EgressProxies that pods of the namespace still have in their variables. */
  former?: readonly EgressProxy[];
  dns: DnsFacts;
  apiServer: readonly { address: string; port: number }[];
  nodeCIDRs: readonly string[];
}

/** The desired policies of a namespace. Empty unless it is enforced. */
export function planNamespacePolicies(input: PolicyInput): NetworkPolicy[] {
  const { namespace, served, former = [], dns, apiServer, nodeCIDRs } = input;
  if (!isEnforcing(served.mode)) return [];
  const { name, annotations } = namespace.metadata;
  const isServed = served.kind === 'served';
  return [
    renderNamespacePolicy({
      namespace: name,
      name: input.name,
      proxy: isServed ? endpointOf(served.proxy) : missingEndpoint(served.missingProxy),
      formerProxies: isServed ? former.map(endpointOf) : [],
      dns,
      closesDns: closesDns(served),
      clientDnsPort: isServed && served.proxy.status?.dnsAddresses ? agentPorts.clientDns : undefined,
      apiServer,
      inClusterTraffic: isStrict(served, annotations) ? 'Deny' : 'Allow',
      hostNetwork: isServed ? { nodeCIDRs, ports: openPorts(served.proxy) } : undefined,
      apiServerAllowed: annotations[annotation.apiServer] === 'allow',
      podSelector: isServed ? served.selector : undefined,
    }),
  ];
}

/** Without a port that admission refuses: a stored object is not trusted. */
function openPorts({ spec }: Pick<EgressProxy, 'spec'>): number[] {
  return (spec.hostNetworkPorts ?? []).filter((port) => systemPort(port) === undefined);
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

/** Whether the operator or the namespace denies traffic within the cluster. */
export function isStrict(served: ServedNamespace, annotations: Record<string, string>): boolean {
  const byProxy = served.kind === 'served' && served.proxy.spec.inClusterTraffic === 'Deny';
  return byProxy || annotations[annotation.inClusterTraffic] === 'deny';
}

/** Whether the pods of the namespace reach no DNS but the proxy's nameserver. Not before it runs. */
export function closesDns(served: ServedNamespace): boolean {
  return (
    served.kind === 'served' &&
    served.dns === 'ClusterOnly' &&
    served.proxy.status?.dnsAddresses !== undefined
  );
}

export interface ChosenName {
  name: string;
  /** The policies that have the names before this one and are not ours. */
  conflicts: KubeObject[];
}

/** The first name for the policy of a namespace that is free or ours, so that a name that is taken keeps no namespace open. */
export function chooseName(existing: readonly KubeObject[]): ChosenName {
  const byName = new Map(existing.map((policy) => [policy.metadata.name, policy]));
  const conflicts: KubeObject[] = [];
  for (const name of namespacePolicyNames()) {
    const found = byName.get(name);
    if (found === undefined) return { name, conflicts };
    // A terminating policy cannot be repaired, and when it goes is not ours to say.
    if (isOurs(found) && found.metadata.deletionTimestamp === undefined) return { name, conflicts };
    if (!isOurs(found)) conflicts.push(found);
  }
  throw new Error('unreachable: the names do not end');
}
