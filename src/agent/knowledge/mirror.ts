import { type Health, keyOf, type Listener, type Named, type ReadonlyStore } from '../../kube/index.ts';

/** What the agent asks of a Reflector; tests give their own. */
export interface Source<T extends Named> {
  readonly store: ReadonlyStore<T>;
  readonly hasSynced: boolean;
  readonly health: Health;
  synced(signal?: AbortSignal): Promise<void>;
  subscribe(listener: Listener<T>): () => void;
}

/** Told of each object that appears or changes, and with undefined of each that goes. */
export type Take<T> = (key: string, object: T | undefined) => void;

/**
 * The agent's own copy of one kind: begun from the snapshot on disk, then following its source. What the snapshot
 * held and the first whole list does not is dropped then, and not before: until the API server has spoken, the last
 * known state holds.
 */
export class Mirror<T extends Named> {
  readonly #objects = new Map<string, T>();
  readonly #take: Take<T>;

  constructor(take: Take<T>) {
    this.#take = take;
  }

  list(): Iterable<T> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** An object of this kind, as a mirror of the same release has listed it. */
  seed(object: Named): void {
    if (!this.#objects.has(keyOf(object))) this.#put(keyOf(object), object as T);
  }

  /** Resolves when the source's first whole list is in. */
  async follow(source: Source<T>, signal: AbortSignal): Promise<void> {
    source.subscribe(({ type, object }) => {
      this.#put(keyOf(object), type === 'deleted' ? undefined : object);
    });
    await source.synced(signal);
    const gone = [...this.#objects.keys()].filter((key) => source.store.get(key) === undefined);
    for (const key of gone) this.#put(key, undefined);
  }

  #put(key: string, object: T | undefined): void {
    if (object === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
    this.#take(key, object);
  }
}
