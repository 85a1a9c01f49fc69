import type { Source } from '../../cluster/index.ts';
import type { Pod } from '../../kube/index.ts';
import { parseAddress } from '../../rules/index.ts';

/** The fields of a pod that the webhook caches: a cluster has 150,000 of them. */
export interface CachedPod {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Canonical addresses that only this pod has. Empty on the host network, and when the pod has ended. */
  addresses: readonly string[];
  /** Canonical addresses of the pod's node. */
  hostAddresses: readonly string[];
}

export function trimPod({ metadata, spec, status }: Pod): CachedPod {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  const isShared = spec?.hostNetwork === true;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const own = isShared || hasEnded ? [] : (status?.podIPs ?? []);
  return {
    metadata: { name, namespace, resourceVersion },
    addresses: canonicalList(own),
    hostAddresses: canonicalList(status?.hostIPs ?? []),
  };
}

/**
 * Finds pods by their addresses, except those of one namespace: an API server outside of the cluster reaches the webhook
 * through a tunnel (konnectivity), which ends in a pod there. An address that is not known counts as the API server's,
 * since refusing its requests would be an outage. The address of a node is no pod's, although a user who may write the
 * status of a pod can claim it: the API server may be on that node.
 */
export class PodAddresses {
  /** The pod that got the address last, by address. */
  readonly #pods = new Map<string, string>();
  /** Number of pods by the address of their node. */
  readonly #hosts = new Map<string, number>();
  readonly #tunnelNamespace: string;

  constructor(pods: Pick<Source<CachedPod>, 'subscribe'>, tunnelNamespace: string) {
    this.#tunnelNamespace = tunnelNamespace;
    pods.subscribe((change) => {
      if (change.type === 'modified') this.#remove(change.old);
      if (change.type === 'deleted') this.#remove(change.object);
      else this.#add(change.object);
    });
  }

  /** The pod, as `namespace/name`, that has the address of a socket; undefined for any other source. */
  find(address: string): string | undefined {
    const text = canonical(address) ?? address;
    return this.#hosts.has(text) ? undefined : this.#pods.get(text);
  }

  #add(pod: CachedPod): void {
    for (const host of pod.hostAddresses) this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
    if (pod.metadata.namespace === this.#tunnelNamespace) return;
    for (const address of pod.addresses) this.#pods.set(address, nameOf(pod));
  }

  /** An address that another pod has got since is that pod's. */
  #remove(pod: CachedPod): void {
    for (const address of pod.addresses)
      if (this.#pods.get(address) === nameOf(pod)) this.#pods.delete(address);
    for (const host of pod.hostAddresses) {
      const others = (this.#hosts.get(host) ?? 0) - 1;
      if (others > 0) this.#hosts.set(host, others);
      else this.#hosts.delete(host);
    }
  }
}

const nameOf = ({ metadata }: CachedPod): string => `${metadata.namespace}/${metadata.name}`;

function canonicalList(entries: readonly { ip?: string }[]): string[] {
  return entries.flatMap(({ ip }) => (ip === undefined ? [] : (canonical(ip) ?? [])));
}

/** The text of an address; of an IPv4 address that an IPv6 socket shows (`::ffff:10.0.0.1`), the IPv4 address. */
function canonical(text: string): string | undefined {
  return parseAddress(text.replace(/^::ffff:(?=\d+\.)/i, ''))?.text;
}
