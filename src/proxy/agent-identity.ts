import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { AGENT_BINDING, AGENT_CLUSTER_ROLE, ownedMetadata, proxyNames } from './proxy-names.ts';

export function renderAgentAccount(proxy: EgressProxy): DesiredObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: ownedMetadata(proxy, proxyNames(proxy).serviceAccount),
    automountServiceAccountToken: false,
  };
}

/** The binding by which the agents of every EgressProxy may read what they need. The order of the proxies is free. */
export function renderAgentBinding(proxies: readonly EgressProxy[]): DesiredObject {
  const subjects = proxies
    .map((proxy) => ({
      kind: 'ServiceAccount',
      name: proxyNames(proxy).serviceAccount,
      namespace: proxy.metadata.namespace ?? '',
    }))
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    // The labels are the installation's: Helm sets managed-by itself.
    metadata: { name: AGENT_BINDING },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: AGENT_CLUSTER_ROLE },
    // The API server stores an empty list as none.
    ...(subjects.length > 0 && { subjects }),
  };
}
