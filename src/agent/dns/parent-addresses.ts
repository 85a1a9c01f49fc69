import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { canonicalName } from '../../dns/index.ts';
import { PARENT_ANSWER_MS } from '../../proxy/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import { replaceFileSync } from '../replace-file.ts';
import type { CachedLookup } from './name-cache.ts';
import type { Family } from './records.ts';

export interface ParentAddressesOptions {
  /** Hosts of the parents in squid.conf. */
  hosts: readonly string[];
  lookup: (name: string, family: Family) => CachedLookup | Promise<CachedLookup>;
  /** File in which the last known addresses outlive the agent. */
  path: string;
  /** Whether a parent does not answer at an address. Squid gets the other addresses, if there are any. */
  isDead: (host: string, address: string) => boolean;
  /** Whether Squid is starting: it resolves its parents before its relay connects, at the first request. */
  isStarting: () => boolean;
  clock: Clock;
  /** Called with the addresses by host when those of a host have changed. */
  onChange: (byHost: ReadonlyMap<string, readonly string[]>) => void;
  log: Log;
}

/**
 * The address of every parent while Squid starts. Squid marks a peer dead when the first connection fails and
 * re-resolves it once an hour. While it starts we answer with an address that accepts connections (StartupListeners);
 * from then on Squid counts the parent as alive and resolves it for each request.
 */
export const STARTUP_ADDRESS = '127.0.0.53';
/**
 * The address of a parent whose name has never resolved: a multicast address, to which the kernel opens no TCP
 * connection and sends no packet. Without an address the parent would be dead to Squid for an hour.
 */
const UNROUTABLE = '224.0.0.0';

/**
 * The addresses of the parents, which Squid resolves for each request. While a name does not resolve, its last known
 * addresses are used, since a nameserver that is down must not cut the proxy off from its parent.
 */
export class ParentAddresses {
  readonly #options: ParentAddressesOptions;
  readonly #hosts: ReadonlySet<string>;
  readonly #lastKnown: Map<string, string[]>;
  /** Monotonic milliseconds. */
  #settledAt = Number.NEGATIVE_INFINITY;

  constructor(options: ParentAddressesOptions) {
    this.#options = options;
    this.#hosts = new Set(options.hosts.map(canonicalName));
    this.#lastKnown = readLastKnown(options.path, this.#hosts);
  }

  isParent(name: string): boolean {
    return this.#hosts.has(name);
  }

  /** The host's addresses, or its last known ones; empty if it has never resolved. */
  async of(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    return (await this.#resolve(canonicalName(host))).addresses;
  }

  /** The last known addresses of every host. */
  byHost(): ReadonlyMap<string, readonly string[]> {
    return this.#lastKnown;
  }

  /** Resolves when Squid no longer caches STARTUP_ADDRESS, so that no request is sent there. */
  async settled(): Promise<void> {
    const { clock } = this.#options;
    const left = this.#settledAt - clock.monotonic();
    if (left > 0) await sleep(clock, left);
  }

  /** Answers Squid's query. */
  async lookup(name: string, family: Family): Promise<CachedLookup> {
    const { isStarting, clock } = this.#options;
    if (isStarting()) {
      this.#settledAt = clock.monotonic() + PARENT_ANSWER_MS;
      const addresses = family === 'A' ? [STARTUP_ADDRESS] : [];
      return { lookup: { rcode: 'NOERROR', addresses, ttlSeconds: 0 }, expiresAt: clock.monotonic() };
    }
    const { addresses, expiresAt } = await this.#resolve(name);
    const alive = addresses.filter((address) => !this.#options.isDead(name, address));
    const usable = alive.length > 0 ? alive : addresses;
    const ofFamily = (usable.length > 0 ? usable : [UNROUTABLE]).filter(
      (address) => address.includes(':') === (family === 'AAAA'),
    );
    return { lookup: { rcode: 'NOERROR', addresses: ofFamily, ttlSeconds: 1 }, expiresAt };
  }

  async #resolve(name: string): Promise<{ addresses: readonly string[]; expiresAt: number }> {
    const { lookup } = this.#options;
    const both = await Promise.all([lookup(name, 'A'), lookup(name, 'AAAA')]);
    const found = both.flatMap((each) => each.lookup.addresses);
    const expiresAt = Math.min(...both.map((each) => each.expiresAt));
    if (found.length > 0) this.#remember(name, found);
    return { addresses: this.#lastKnown.get(name) ?? [], expiresAt };
  }

  #remember(name: string, found: string[]): void {
    const { path, log, onChange } = this.#options;
    const before = this.#lastKnown.get(name);
    this.#lastKnown.set(name, found);
    if (before !== undefined && sameMembers(before, found)) return;
    log.info({ host: name, addresses: found, before }, 'addresses of a parent have changed');
    onChange(this.#lastKnown);
    try {
      replaceFileSync(path, JSON.stringify(Object.fromEntries(this.#lastKnown)));
    } catch (err) {
      log.warn({ err }, "the file of the parents' addresses cannot be written");
    }
  }
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

/** Empty at the first start, or if the file cannot be read. */
function readLastKnown(path: string, hosts: ReadonlySet<string>): Map<string, string[]> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string[]>);
    return new Map(entries.filter(([host, addresses]) => hosts.has(host) && Array.isArray(addresses)));
  } catch {
    return new Map();
  }
}
