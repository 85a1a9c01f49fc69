import { type AddressRange, parseAddress, readNetwork } from '../rules/index.ts';

/** Prefix lengths of the networks in which addresses are counted. */
const PREFIX = { 4: 24, 6: 64 } as const;
/** The bits of an IPv6 address below its network. */
const LOWER = BigInt(128 - PREFIX[6]);
/** Networks without a pod that are remembered: a node's block empties when its last pod moves, and is used again. */
const REMEMBERED = 1_024;

/**
 * The /24 and /64 networks in which pods have, or lately had, their addresses. A network without a pod is forgotten
 * when so many others have emptied after it that REMEMBERED is exceeded.
 */
export class PodNetworks {
  /** Number of pod addresses by network. */
  readonly #counts = new Map<string, number>();
  /** The networks without a pod, the one that emptied last at the end. */
  readonly #emptied = new Set<string>();

  /** Returns whether the network had no pod before. */
  add(address: string): boolean {
    const network = networkOf(address);
    if (network === undefined) return false;
    const count = this.#counts.get(network) ?? 0;
    this.#counts.set(network, count + 1);
    this.#emptied.delete(network);
    return count === 0;
  }

  /** Returns whether the network has no pod left. */
  remove(address: string): boolean {
    const network = networkOf(address);
    const count = network === undefined ? undefined : this.#counts.get(network);
    if (network === undefined || count === undefined) return false;
    if (count > 1) {
      this.#counts.set(network, count - 1);
      return false;
    }
    this.#counts.delete(network);
    this.#emptied.add(network);
    const [oldest] = this.#emptied;
    if (this.#emptied.size > REMEMBERED && oldest !== undefined) this.#emptied.delete(oldest);
    return true;
  }

  /** Whether a pod has, or lately had, an address in the network of this one. */
  has(address: string): boolean {
    const network = networkOf(address);
    return network !== undefined && (this.#counts.has(network) || this.#emptied.has(network));
  }

  /** The networks in which pods are now. */
  current(): AddressRange[] {
    return [...this.#counts.keys()].flatMap((text) => readNetwork(text) ?? []);
  }
}

/** The network of an address, such as `10.0.7.0/24`; undefined for what is no address. */
function networkOf(text: string): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  if (address.family === 4) return `${address.text.slice(0, address.text.lastIndexOf('.'))}.0/${PREFIX[4]}`;
  return networkText(address.value >> LOWER);
}

/** An IPv6 network from its upper 64 bits. */
function networkText(upper: bigint): string {
  const digits = upper.toString(16).padStart(16, '0');
  return `${digits.replaceAll(/(.{4})/g, '$1:')}:/${PREFIX[6]}`;
}
