import { label } from '../api/index.ts';
import type { Pod } from '../kube/index.ts';
import { serviceNames } from '../tls/index.ts';
import type { AgentAddress } from './agent-connections.ts';

/** The fields of a proxy's pod that are cached. */
export interface AgentPod extends AgentAddress {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** `namespace/name` of the EgressProxy. */
  proxy: string;
  /** Whether the pod is running, is not being deleted, and belongs to the proxy. */
  usable: boolean;
}

export function trimAgentPod(pod: Pod): AgentPod {
  const { name, namespace = '', resourceVersion = '', labels = {}, deletionTimestamp } = pod.metadata;
  const proxyName = labels[label.ownerProxy]?.split('.').at(1) ?? '';
  const [serverName] = serviceNames(proxyName, namespace);
  const running = pod.status?.phase === 'Running' && deletionTimestamp === undefined;
  const owned = labels[label.ownerProxy] === `${namespace}.${proxyName}`;
  return {
    metadata: { name, namespace, resourceVersion },
    name: `${namespace}/${name}`,
    address: pod.status?.podIP ?? '',
    serverName,
    proxy: `${namespace}/${proxyName}`,
    usable: running && owned && pod.status?.podIP !== undefined,
  };
}
