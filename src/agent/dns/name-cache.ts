import { SharedMap } from '../../bounded/index.ts';
import { NAME_TTL_SECONDS } from '../../proxy/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Family, Lookup } from './records.ts';

export type LookupFunction = (name: string, family: Family) => Promise<Lookup>;

export interface NameCacheOptions {
  lookup: LookupFunction;
  /** Called when an entry is dropped before it expires: the next look-up can find other addresses. */
  onEvicted?: () => void;
  clock: Clock;
  /** Number of entries; beyond it the owner with the most loses those that were used least recently. */
  capacity?: number;
}

export interface CachedLookup {
  lookup: Lookup;
  /** Monotonic milliseconds. */
  expiresAt: number;
}

const CAPACITY = 20_000;

/**
 * The only cache of names. Decisions and Squid's DNS queries read the same entry, so Squid dials the addresses that were
 * checked, however short the zone's TTL is: an entry lives for at least NAME_TTL_SECONDS.shortest.
 */
export class NameCache {
  readonly #entries: SharedMap<CachedLookup>;
  readonly #lookups = new Map<string, Promise<CachedLookup>>();
  readonly #options: Required<NameCacheOptions>;

  constructor({ lookup, clock, onEvicted = () => {}, capacity = CAPACITY }: NameCacheOptions) {
    this.#options = { lookup, clock, onEvicted, capacity };
    this.#entries = new SharedMap(capacity);
  }

  /**
   * `freshMs`: the entry must be valid for this many milliseconds more, or it is looked up again. `owner`: whose share of
   * the cache a look-up takes; without one it is the proxy's own.
   */
  get(name: string, family: Family, { freshMs = 0, owner = '' } = {}): CachedLookup | Promise<CachedLookup> {
    const key = `${family} ${name}`;
    const entry = this.#fresh(key, freshMs);
    if (entry !== undefined) return entry;
    const lookup = this.#lookups.get(key) ?? this.#fetch(key, name, { family, owner });
    this.#lookups.set(key, lookup);
    return lookup;
  }

  /** As `get`, but undefined if a look-up is needed. The same object until a look-up replaces it. */
  cached(name: string, family: Family, freshMs: number): CachedLookup | undefined {
    return this.#fresh(`${family} ${name}`, freshMs);
  }

  #fresh(key: string, freshMs: number): CachedLookup | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#options.clock.monotonic() + freshMs
      ? entry
      : undefined;
  }

  async #fetch(
    key: string,
    name: string,
    { family, owner }: { family: Family; owner: string },
  ): Promise<CachedLookup> {
    const lookup = await this.#options.lookup(name, family);
    const entry = { lookup, expiresAt: this.#options.clock.monotonic() + lifeSeconds(lookup) * 1000 };
    this.#lookups.delete(key);
    const dropped = this.#entries.set(key, owner, entry);
    const now = this.#options.clock.monotonic();
    if (dropped.some(({ expiresAt }) => expiresAt > now)) this.#options.onEvicted();
    return entry;
  }
}

function lifeSeconds({ rcode, ttlSeconds }: Lookup): number {
  const { shortest, longest, failed } = NAME_TTL_SECONDS;
  return rcode === 'SERVFAIL' ? failed : Math.min(Math.max(ttlSeconds, shortest), longest);
}
