import { type DesiredObject, type EgressProxy, label, MANAGER } from '../api/index.ts';
import { proxyPodLabels } from '../enforcement/index.ts';

/** Names of an EgressProxy's objects. */
export function proxyNames({ metadata }: EgressProxy) {
  const { name } = metadata;
  return {
    deployment: name,
    service: name,
    configMap: `${name}-squid`,
    serviceAccount: `${name}-agent`,
    dnsService: `${name}-dns`,
    goAccessService: `${name}-goaccess`,
    logClaim: `${name}-access-log`,
    agentTlsSecret: `${name}-agent-tls`,
  };
}

export const AGENT_CLUSTER_ROLE = 'kube-egress-agent';
/** The ClusterRoleBinding of all agents: one name, so that the controller needs rights on no other binding. */
export const AGENT_BINDING = 'kube-egress-agents';

/** Labels of every object of the proxy. */
export function ownedLabels({ metadata }: EgressProxy): Record<string, string> {
  return {
    [label.managedBy]: MANAGER,
    [label.ownerProxy]: `${metadata.namespace}.${metadata.name}`,
  };
}

/** Metadata of an object in the proxy's namespace. Kubernetes deletes it with the EgressProxy, its owner. */
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

/** Labels that select the proxy's pods, in the Deployment, the Services and the policies. */
export function selectorOf({ metadata }: EgressProxy): Record<string, string> {
  return proxyPodLabels({ namespace: metadata.namespace ?? '', name: metadata.name });
}
