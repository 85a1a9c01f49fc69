import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import type { CachedLookup } from './name-cache.ts';
import { canonical, type Family } from './records.ts';

export interface ParentAddressesOptions {
  /** The hosts of the parents that Squid knows. */
  hosts: readonly string[];
  lookup: (name: string, family: Family) => CachedLookup | Promise<CachedLookup>;
  /** Where the last known addresses outlive the agent. */
  path: string;
  /** Addresses at which a parent does not answer now; Squid is told of the others while there are any. */
  isDead: (host: string, address: string) => boolean;
  /** Whether Squid is being started: it asks for its parents before its relay calls, with the first question. */
  isStarting: () => boolean;
  clock: Clock;
  /** Told when a host leads elsewhere. */
  onChange: () => void;
  log: Log;
}

/**
 * A parent that Squid cannot connect to when it starts is dead to it, and it looks only once an hour for another
 * address of it. So it is told of one where somebody listens; from then on it counts the parent as alive, and asks
 * anew with each request.
 */
export const AT_START = '127.0.0.53';
/** Milliseconds that Squid remembers an answer (positive_dns_ttl), and some. */
const REMEMBERED = 2500;
/**
 * What Squid is told while a parent's name has never resolved: a multicast address, to which the kernel opens no TCP
 * connection and sends no packet. Without any address the parent would be dead for an hour.
 */
const NOWHERE = '224.0.0.0';

/**
 * The addresses of the parents. Squid asks for them with each request; what a name resolved to last stays while it
 * does not resolve, since a nameserver that is away must not cut the proxy off from its parent.
 */
export class ParentAddresses {
  readonly #options: ParentAddressesOptions;
  readonly #hosts: ReadonlySet<string>;
  readonly #known: Map<string, string[]>;
  /** Monotonic milliseconds. */
  #settledAt = Number.NEGATIVE_INFINITY;

  constructor(options: ParentAddressesOptions) {
    this.#options = options;
    this.#hosts = new Set(options.hosts.map(canonical));
    this.#known = readKnown(options.path, this.#hosts);
  }

  isParent(name: string): boolean {
    return this.#hosts.has(name);
  }

  /** What a host resolves to now, else what it resolved to last; empty when it never did. */
  async of(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    return (await this.#look(canonical(host))).addresses;
  }

  /** Every host with the addresses last seen. */
  known(): ReadonlyMap<string, readonly string[]> {
    return this.#known;
  }

  /** Resolves when Squid has forgotten what it was told at its start, so that no request is sent there. */
  async settled(): Promise<void> {
    const { clock } = this.#options;
    const left = this.#settledAt - clock.monotonic();
    if (left > 0) await sleep(clock, left);
  }

  /** The answer to Squid's question. */
  async lookup(name: string, family: Family): Promise<CachedLookup> {
    const { isStarting, clock } = this.#options;
    if (isStarting()) {
      this.#settledAt = clock.monotonic() + REMEMBERED;
      const addresses = family === 'A' ? [AT_START] : [];
      return { lookup: { rcode: 'NOERROR', addresses, ttlSeconds: 0 }, expiresAt: clock.monotonic() };
    }
    const { addresses, expiresAt } = await this.#look(name);
    const alive = addresses.filter((address) => !this.#options.isDead(name, address));
    const told = alive.length > 0 ? alive : addresses;
    const ofFamily = (told.length > 0 ? told : [NOWHERE]).filter(
      (address) => address.includes(':') === (family === 'AAAA'),
    );
    return { lookup: { rcode: 'NOERROR', addresses: ofFamily, ttlSeconds: 1 }, expiresAt };
  }

  async #look(name: string): Promise<{ addresses: readonly string[]; expiresAt: number }> {
    const { lookup } = this.#options;
    const both = await Promise.all([lookup(name, 'A'), lookup(name, 'AAAA')]);
    const found = both.flatMap((each) => each.lookup.addresses);
    const expiresAt = Math.min(...both.map((each) => each.expiresAt));
    if (found.length > 0) this.#remember(name, found);
    return { addresses: this.#known.get(name) ?? [], expiresAt };
  }

  #remember(name: string, found: string[]): void {
    const { path, log, onChange } = this.#options;
    const before = this.#known.get(name);
    this.#known.set(name, found);
    if (before !== undefined && sameMembers(before, found)) return;
    log.info({ host: name, addresses: found, before }, 'a parent is at these addresses');
    onChange();
    try {
      writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(this.#known)));
      renameSync(`${path}.new`, path);
    } catch (err) {
      log.warn({ err }, "the parents' addresses cannot be written");
    }
  }
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

/** Empty at the first start, and where the file cannot be read. */
function readKnown(path: string, hosts: ReadonlySet<string>): Map<string, string[]> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string[]>);
    return new Map(entries.filter(([host, addresses]) => hosts.has(host) && Array.isArray(addresses)));
  } catch {
    return new Map();
  }
}
