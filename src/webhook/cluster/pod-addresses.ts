import type { Source } from '../../cluster/index.ts';
import type { Pod } from '../../kube/index.ts';
import { parseAddress } from '../../rules/index.ts';

/** The fields of a pod that the webhook caches: a cluster has 150,000 of them. */
export interface CachedPod {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Canonical addresses that only this pod has. Empty on the host network, and when the pod has ended. */
  addresses: readonly string[];
}

export function trimPod({ metadata, spec, status }: Pod): CachedPod {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  const isShared = spec?.hostNetwork === true;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const own = isShared || hasEnded ? [] : (status?.podIPs ?? []);
  return {
    metadata: { name, namespace, resourceVersion },
    addresses: own.flatMap(({ ip }) => (ip === undefined ? [] : (canonical(ip) ?? []))),
  };
}

/**
 * Finds pods by their addresses, except those of one namespace: an API server outside of the cluster reaches the webhook
 * through a tunnel (konnectivity), which ends in a pod there. An address that is not known counts as the API server's,
 * since refusing its requests would be an outage.
 */
export class PodAddresses {
  /** The pod that got the address last, by address. */
  readonly #pods = new Map<string, string>();

  constructor(pods: Pick<Source<CachedPod>, 'subscribe'>, tunnelNamespace: string) {
    pods.subscribe((change) => {
      if (change.object.metadata.namespace === tunnelNamespace) return;
      if (change.type === 'modified') this.#remove(change.old);
      if (change.type === 'deleted') this.#remove(change.object);
      else for (const address of change.object.addresses) this.#pods.set(address, nameOf(change.object));
    });
  }

  /** The pod, as `namespace/name`, that has the address of a socket; undefined for any other source. */
  find(address: string): string | undefined {
    return this.#pods.get(canonical(address) ?? address);
  }

  /** An address that another pod has got since is that pod's. */
  #remove(pod: CachedPod): void {
    for (const address of pod.addresses)
      if (this.#pods.get(address) === nameOf(pod)) this.#pods.delete(address);
  }
}

const nameOf = ({ metadata }: CachedPod): string => `${metadata.namespace}/${metadata.name}`;

/** The text of an address; of an IPv4 address that an IPv6 socket shows (`::ffff:10.0.0.1`), the IPv4 address. */
function canonical(text: string): string | undefined {
  return parseAddress(text.replace(/^::ffff:(?=\d+\.)/i, ''))?.text;
}
