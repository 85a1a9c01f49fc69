/** The most names that are resolved at a time for one owner, which is a namespace or an address, and for all. */
const MOST = { perOwner: 64, total: 1024 } as const;

/**
 * Limits the names that requests wait for: each is two queries for up to ten seconds. A tenant with a wildcard rule and a
 * nameserver that does not answer reaches its own limit and leaves the rest to others.
 */
export class PendingLookups {
  readonly #byOwner = new Map<string, number>();
  readonly #limits: { perOwner: number; total: number };
  #total = 0;

  constructor(limits: { perOwner: number; total: number } = MOST) {
    this.#limits = limits;
  }

  /** Runs the look-up, unless the owner or all together have too many. */
  async run<T>(owner: string, lookup: () => Promise<T>): Promise<T | 'tooMany'> {
    const { perOwner, total } = this.#limits;
    if (this.#total >= total || (this.#byOwner.get(owner) ?? 0) >= perOwner) return 'tooMany';
    this.#count(owner, 1);
    try {
      return await lookup();
    } finally {
      this.#count(owner, -1);
    }
  }

  get size(): number {
    return this.#total;
  }

  #count(owner: string, by: number): void {
    this.#total += by;
    const count = (this.#byOwner.get(owner) ?? 0) + by;
    if (count > 0) this.#byOwner.set(owner, count);
    else this.#byOwner.delete(owner);
  }
}
