import type { Clock } from '../../time/index.ts';
import type { Family, Lookup } from './records.ts';

export type LookupFunction = (name: string, family: Family) => Promise<Lookup>;

export interface NameCacheOptions {
  lookup: LookupFunction;
  /** A name was dropped before its time was over: it can come back with other addresses. */
  onForgotten?: () => void;
  clock: Clock;
  /** Names; beyond it those asked for least recently go. */
  capacity?: number;
}

export interface CachedLookup {
  lookup: Lookup;
  /** Monotonic milliseconds. */
  expiresAt: number;
}

const CAPACITY = 20_000;
/** Seconds. The shortest is the pin: what was judged stays what Squid can learn for at least so long. */
const TTL = { shortest: 5, longest: 300, failed: 1 } as const;

/**
 * The one memory of names. The decision stage and Squid's questions are answered from the same entry, so that what
 * was judged is what is dialled, whatever short TTL the zone's owner gives.
 */
export class NameCache {
  readonly #entries = new Map<string, CachedLookup>();
  readonly #underWay = new Map<string, Promise<CachedLookup>>();
  readonly #options: Required<NameCacheOptions>;

  constructor({ lookup, clock, onForgotten = () => {}, capacity = CAPACITY }: NameCacheOptions) {
    this.#options = { lookup, clock, onForgotten, capacity };
  }

  /** `freshMs`: how much longer the entry must hold; a shorter-lived one is looked up anew. */
  get(name: string, family: Family, freshMs = 0): CachedLookup | Promise<CachedLookup> {
    const key = `${family} ${name}`;
    const entry = this.#fresh(key, freshMs);
    if (entry !== undefined) return entry;
    const underWay = this.#underWay.get(key) ?? this.#fetch(key, name, family);
    this.#underWay.set(key, underWay);
    return underWay;
  }

  /** What `get` would give at once. The same object until something new is learnt. */
  known(name: string, family: Family, freshMs: number): CachedLookup | undefined {
    return this.#fresh(`${family} ${name}`, freshMs);
  }

  #fresh(key: string, freshMs: number): CachedLookup | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt <= this.#options.clock.monotonic() + freshMs) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  async #fetch(key: string, name: string, family: Family): Promise<CachedLookup> {
    const lookup = await this.#options.lookup(name, family);
    const entry = { lookup, expiresAt: this.#options.clock.monotonic() + lifeSeconds(lookup) * 1000 };
    this.#underWay.delete(key);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#dropOldest();
    return entry;
  }

  #dropOldest(): void {
    if (this.#entries.size <= this.#options.capacity) return;
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    const [key, { expiresAt }] = oldest;
    this.#entries.delete(key);
    if (expiresAt > this.#options.clock.monotonic()) this.#options.onForgotten();
  }
}

function lifeSeconds({ rcode, ttlSeconds }: Lookup): number {
  if (rcode === 'SERVFAIL') return TTL.failed;
  return Math.min(Math.max(ttlSeconds, TTL.shortest), TTL.longest);
}
