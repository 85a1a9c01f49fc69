import { PodNetworks } from '../../cluster/index.ts';
import type { ClientPod } from './client-pod.ts';

interface Claim {
  pod: ClientPod;
  /** Rises with every appearance of an address on a pod; 0 for all pods of the first list. */
  order: number;
}

/**
 * Pods by address. While several pods show the same address, because the event of an end is late, it belongs to the
 * pod on which it appeared last.
 */
export class PodIndex {
  readonly #claims = new Map<string, Claim[]>();
  readonly #networks = new PodNetworks();
  #order = 0;

  /** Call when the first list is complete: from then on the order of events is the order of appearances. */
  beginOrder(): void {
    this.#order = Math.max(this.#order, 1);
  }

  find(address: string): ClientPod | undefined {
    return this.#claims.get(address)?.at(-1)?.pod;
  }

  /** Whether pods have, or lately had, their addresses in the network of this one. */
  isPodNetwork(address: string): boolean {
    return this.#networks.has(address);
  }

  /** Replaces what was known of a pod. Returns the addresses that it did not have before. */
  set(pod: ClientPod, old: ClientPod | undefined): string[] {
    // A new pod of the same name has none of the old pod's addresses.
    const kept = old?.metadata.uid === pod.metadata.uid ? old.addresses : [];
    for (const address of old?.addresses ?? []) {
      if (!kept.includes(address) || !pod.addresses.includes(address)) this.#drop(address, keyOf(pod));
    }
    this.#count(pod.addresses, old?.addresses ?? []);
    const fresh = pod.addresses.filter((address) => !kept.includes(address));
    for (const address of pod.addresses) this.#claim(address, pod, fresh.includes(address));
    return fresh;
  }

  delete(pod: ClientPod): void {
    for (const address of pod.addresses) this.#drop(address, keyOf(pod));
    this.#count([], pod.addresses);
  }

  #count(added: readonly string[], removed: readonly string[]): void {
    if (added.join() === removed.join()) return;
    for (const address of added) this.#networks.add(address);
    for (const address of removed) this.#networks.remove(address);
  }

  #claim(address: string, pod: ClientPod, fresh: boolean): void {
    const claims = this.#claims.get(address) ?? [];
    const held = claims.find((claim) => keyOf(claim.pod) === keyOf(pod));
    if (held !== undefined && !fresh) {
      held.pod = pod;
      return;
    }
    const order = this.#order === 0 ? 0 : this.#order++;
    const claim = { pod, order };
    // Almost every address has one claim: an array that grows has room for 17.
    this.#claims.set(address, claims.length === 0 ? [claim] : [...claims, claim].sort(byAppearance));
  }

  #drop(address: string, key: string): void {
    const rest = (this.#claims.get(address) ?? []).filter(({ pod }) => keyOf(pod) !== key);
    if (rest.length === 0) this.#claims.delete(address);
    else this.#claims.set(address, rest);
  }
}

function keyOf({ metadata }: ClientPod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function byAppearance(a: Claim, b: Claim): number {
  if (a.order !== b.order) return a.order - b.order;
  return a.pod.startedAt < b.pod.startedAt ? -1 : a.pod.startedAt > b.pod.startedAt ? 1 : 0;
}
