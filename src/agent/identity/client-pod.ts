import type { Metadata, Pod } from '../../kube/index.ts';
import { canonicalAddress } from '../squid-acl/index.ts';
import { ownerOf } from './owner.ts';

/** What the agent keeps of a pod. */
export interface ClientPod {
  metadata: Pick<Metadata, 'name' | 'resourceVersion'> & {
    namespace: string;
    uid: string;
    labels: Record<string, string>;
  };
  /** `Kind/name`, such as `Deployment/api`; undefined for a pod that nobody made. */
  owner: string | undefined;
  /** The addresses that are the pod's alone and in use; none while it has no network of its own. */
  addresses: string[];
  /** RFC 3339; orders the pods of a first list that share an address. */
  startedAt: string;
}

export function trimPod(pod: Pod): ClientPod {
  const { name, namespace = '', uid = '', resourceVersion, labels = {} } = pod.metadata;
  return {
    metadata: { name, namespace, uid, labels, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    owner: ownerOf(pod.metadata),
    addresses: hasOwnNetwork(pod) ? addressesOf(pod) : [],
    startedAt: pod.status?.startTime ?? pod.metadata.creationTimestamp ?? '',
  };
}

/**
 * A pod on the node's network has the node's address; one that has ended, or whose sandbox is gone, has given its
 * address back although its status still shows it.
 */
function hasOwnNetwork({ spec, status }: Pod): boolean {
  if (spec?.hostNetwork) return false;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false;
  // Kubernetes 1.29 or later: true while the sandbox and its network stand.
  const sandbox = status?.conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
  return sandbox?.status !== 'False';
}

function addressesOf({ status }: Pod): string[] {
  const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)];
  const given = all.filter((address): address is string => address !== undefined && address !== '');
  return [...new Set(given.map(canonicalAddress))];
}
