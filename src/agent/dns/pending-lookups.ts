import { DEFAULT_CONNECTIONS } from '../../proxy/index.ts';

/**
 * The most names that are resolved at a time for one owner, which is a namespace or an address, and for all; and the most
 * requests of one owner that wait for them.
 */
const MOST = { perOwner: 64, total: 1024, waiting: DEFAULT_CONNECTIONS } as const;

/** Names that one owner waits for, and how many requests wait for each. */
interface Waiting {
  requests: number;
  byName: Map<string, number>;
}

/**
 * Limits the names that requests wait for: each is two queries for up to ten seconds. A tenant with a wildcard rule and a
 * nameserver that does not answer reaches its own limit and leaves the rest to others. Requests for one name share its
 * place, so that a client with many connections to one server is not refused when the server's addresses expire.
 */
export class PendingLookups {
  readonly #byOwner = new Map<string, Waiting>();
  readonly #limits: { perOwner: number; total: number; waiting: number };
  #total = 0;

  constructor(limits: { perOwner: number; total: number; waiting: number } = MOST) {
    this.#limits = limits;
  }

  /** Runs the look-up, unless the owner or all together have too many. */
  async run<T>(owner: string, name: string, lookup: () => Promise<T>): Promise<T | 'tooMany'> {
    if (!this.#admits(owner, name)) return 'tooMany';
    this.#begin(owner, name);
    try {
      return await lookup();
    } finally {
      this.#end(owner, name);
    }
  }

  /** Names, each counted once for every owner that waits for it. */
  get size(): number {
    return this.#total;
  }

  #admits(owner: string, name: string): boolean {
    const { perOwner, total, waiting } = this.#limits;
    const held = this.#byOwner.get(owner);
    if (held !== undefined && held.requests >= waiting) return false;
    if (held?.byName.has(name)) return true;
    return (held?.byName.size ?? 0) < perOwner && this.#total < total;
  }

  #begin(owner: string, name: string): void {
    const waiting = this.#byOwner.get(owner) ?? { requests: 0, byName: new Map<string, number>() };
    this.#byOwner.set(owner, waiting);
    const before = waiting.byName.get(name) ?? 0;
    waiting.requests += 1;
    waiting.byName.set(name, before + 1);
    if (before === 0) this.#total += 1;
  }

  #end(owner: string, name: string): void {
    const waiting = this.#byOwner.get(owner);
    if (waiting === undefined) return;
    const left = (waiting.byName.get(name) ?? 1) - 1;
    waiting.requests -= 1;
    waiting.byName.set(name, left);
    if (left > 0) return;
    waiting.byName.delete(name);
    this.#total -= 1;
    if (waiting.requests === 0) this.#byOwner.delete(owner);
  }
}
