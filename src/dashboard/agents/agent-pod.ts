import type { AgentAddress } from '../../agent-client/index.ts';
import { label } from '../../api/index.ts';
import type { Pod } from '../../kube/index.ts';
import { serviceNames } from '../../tls/index.ts';

/** What of a proxy's pod is looked at. */
export interface AgentPod extends AgentAddress {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** `namespace/name` of the EgressProxy. */
  proxy: string;
  /** It has an address and stays. */
  usable: boolean;
}

export function keepAgentPod(pod: Pod): AgentPod {
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
