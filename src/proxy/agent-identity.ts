import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { AGENT_CLUSTER_ROLE, ownedLabels, ownedMetadata, proxyNames } from './proxy-names.ts';

/** The agent's ServiceAccount and its right to read what it needs. The binding is garbage-collected by its label. */
export function renderAgentIdentity(proxy: EgressProxy): DesiredObject[] {
  const { serviceAccount, clusterRoleBinding } = proxyNames(proxy);
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: ownedMetadata(proxy, serviceAccount),
      automountServiceAccountToken: false,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: clusterRoleBinding, labels: ownedLabels(proxy) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: AGENT_CLUSTER_ROLE },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace: proxy.metadata.namespace }],
    },
  ];
}
