import { isIP } from 'node:net';
import type { Clock } from '../../time/index.ts';
import { type KnownName, learnAnswers, rememberAddresses } from './follow-name.ts';
import type { ResolveName } from './resolve-name.ts';

export interface NameTableOptions {
  resolveName: ResolveName;
  clock: Clock;
  /** Whether a name that has no addresses any more keeps the last ones; default false. */
  keepLast?: boolean;
}

/** The names that each object refers to, with their addresses in both families. */
export class NameTable {
  readonly #options: NameTableOptions;
  readonly #byObject = new Map<string, ReadonlyMap<string, KnownName>>();

  constructor(options: NameTableOptions) {
    this.#options = options;
  }

  /** The names of an object, by its key. */
  get(key: string): ReadonlyMap<string, KnownName> {
    return this.#byObject.get(key) ?? new Map();
  }

  delete(key: string): void {
    this.#byObject.delete(key);
  }

  /**
   * Looks up the names that are due and forgets names that the object no longer refers to. A name that is new here
   * begins with the addresses that `remembered` gives: those that were open when another replica led.
   */
  async refresh(
    key: string,
    hosts: Iterable<string>,
    remembered: (host: string) => readonly string[],
  ): Promise<ReadonlyMap<string, KnownName>> {
    const before = this.get(key);
    const found = [...hosts].map(async (host): Promise<[string, KnownName]> => {
      return [host, await this.#refresh(host, before.get(host), remembered)];
    });
    const names = new Map(await Promise.all(found));
    this.#byObject.set(key, names);
    return names;
  }

  async #refresh(
    host: string,
    before: KnownName | undefined,
    remembered: (host: string) => readonly string[],
  ): Promise<KnownName> {
    const { clock, resolveName, keepLast = false } = this.#options;
    const now = clock.monotonic();
    if (isIP(host) !== 0) return { ...rememberAddresses([host], now), askAt: Number.POSITIVE_INFINITY };
    const known = before ?? rememberAddresses(remembered(host), now);
    if (known.askAt > now) return known;
    const learned = learnAnswers(known, await resolveName(host), clock.monotonic());
    if (keepLast && learned.addresses.length === 0) return { ...learned, addresses: known.addresses };
    return learned;
  }
}
