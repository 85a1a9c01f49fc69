/**
 * A map of limited size whose entries have owners. When it is full, the owner with the most entries loses those that were
 * used least recently, so that no owner can push out the entries of others that hold less.
 */
export class SharedMap<T> {
  readonly #capacity: number;
  readonly #entries = new Map<string, { owner: string; value: T }>();
  /** The keys of each owner, the least recently used one first. */
  readonly #keys = new Map<string, Set<string>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A value that is used now. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const keys = this.#keys.get(entry.owner);
    keys?.delete(key);
    keys?.add(key);
    return entry.value;
  }

  /** Returns the values that had to go. */
  set(key: string, owner: string, value: T): T[] {
    this.#delete(key);
    const dropped = this.#entries.size < this.#capacity ? [] : this.#makeRoom();
    this.#entries.set(key, { owner, value });
    const keys = this.#keys.get(owner) ?? new Set();
    this.#keys.set(owner, keys.add(key));
    return dropped;
  }

  /**
   * Drops several entries of the largest owner, since finding it takes time for each owner; and no more than half of
   * them, so that owners of equal size keep theirs.
   */
  #makeRoom(): T[] {
    let most = new Set<string>();
    for (const keys of this.#keys.values()) if (keys.size > most.size) most = keys;
    const count = Math.ceil(Math.min(this.#capacity / 100, most.size / 2));
    const dropped: T[] = [];
    for (const key of [...most].slice(0, count)) {
      const entry = this.#entries.get(key);
      this.#delete(key);
      if (entry !== undefined) dropped.push(entry.value);
    }
    return dropped;
  }

  #delete(key: string): void {
    const owner = this.#entries.get(key)?.owner;
    if (owner === undefined) return;
    this.#entries.delete(key);
    const keys = this.#keys.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(owner);
  }
}
