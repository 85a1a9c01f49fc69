import { type DesiredObject, type EgressProxy, label, MANAGER } from '../api/index.ts';

/** What the objects of an EgressProxy are called. */
export function proxyNames({ metadata }: EgressProxy) {
  const { name, namespace = '' } = metadata;
  return {
    deployment: name,
    service: name,
    configMap: `${name}-squid`,
    serviceAccount: `${name}-agent`,
    goAccessService: `${name}-goaccess`,
    logClaim: `${name}-access-log`,
    agentTlsSecret: `${name}-agent-tls`,
    /** Cluster-scoped, hence with the namespace in it. */
    clusterRoleBinding: `kube-egress-agent:${namespace}:${name}`,
  };
}

export const AGENT_CLUSTER_ROLE = 'kube-egress-agent';

/** The labels of every object of the proxy. */
export function ownedLabels({ metadata }: EgressProxy): Record<string, string> {
  return {
    [label.managedBy]: MANAGER,
    [label.ownerProxy]: `${metadata.namespace}.${metadata.name}`,
  };
}

/** Metadata of an object in the proxy's namespace: it goes when the EgressProxy goes. */
export function ownedMetadata(proxy: EgressProxy, name: string): DesiredObject['metadata'] {
  const { namespace = '', uid } = proxy.metadata;
  const owner = { apiVersion: proxy.apiVersion, kind: proxy.kind, name: proxy.metadata.name };
  return {
    name,
    namespace,
    labels: ownedLabels(proxy),
    ...(uid === undefined
      ? {}
      : { ownerReferences: [{ ...owner, uid, controller: true, blockOwnerDeletion: true }] }),
  };
}
