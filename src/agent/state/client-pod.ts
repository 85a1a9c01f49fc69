import { ownerOf, sharedLabels } from '../../cluster/index.ts';
import { type PodView, readInjected } from '../../injection/index.ts';
import type { Metadata, Pod } from '../../kube/index.ts';
import { canonicalAddress } from '../../rules/index.ts';

/** The fields of a pod that the agent caches. */
export interface ClientPod {
  metadata: Pick<Metadata, 'name' | 'resourceVersion'> & {
    namespace: string;
    uid: string;
    labels: Record<string, string>;
  };
  /** `Kind/name`, such as `Deployment/api`; undefined for a pod without an owner. */
  owner: string | undefined;
  /** Addresses that only this pod uses; empty while it has no network of its own. */
  addresses: string[];
  /** Transparent mode redirects what the pod sends to ports 80 and 443. */
  isRedirected?: true;
  /** RFC 3339; orders pods of the first list that share an address. */
  startedAt: string;
}

export function trimPod(pod: Pod): ClientPod {
  const { name, namespace = '', uid = '', resourceVersion } = pod.metadata;
  const labels = sharedLabels(pod.metadata.labels ?? {});
  return {
    metadata: { name, namespace, uid, labels, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    owner: ownerOf(pod.metadata),
    addresses: hasOwnNetwork(pod) ? addressesOf(pod) : [],
    ...(isRedirected(pod) && { isRedirected: true as const }),
    startedAt: pod.status?.startTime ?? pod.metadata.creationTimestamp ?? '',
  };
}

function isRedirected(pod: Pod): boolean {
  return readInjected(pod as PodView)?.transparent === 'redirect';
}

/**
 * False for a pod in the host network, which has the node's address, and for one that has ended or lost its sandbox:
 * its address is free again although its status still shows it.
 */
function hasOwnNetwork({ spec, status }: Pod): boolean {
  if (spec?.hostNetwork) return false;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false;
  // Kubernetes 1.29 or later: True while the sandbox and its network exist.
  const sandbox = status?.conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
  return sandbox?.status !== 'False';
}

function addressesOf({ status }: Pod): string[] {
  const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)];
  const given = all.filter((address): address is string => address !== undefined && address !== '');
  return [...new Set(given.map(canonicalAddress))];
}

/** Identity of a pod, as audit records have it. */
export function podIdentity({ metadata, owner }: ClientPod): {
  namespace: string;
  pod: string;
  owner?: string;
} {
  return { namespace: metadata.namespace, pod: metadata.name, ...(owner !== undefined && { owner }) };
}
