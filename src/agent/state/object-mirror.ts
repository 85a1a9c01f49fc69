import type { Source } from '../../cluster/index.ts';
import { keyOf, type Named } from '../../kube/index.ts';

/** Called after each change of the mirror: with the object that was added or changed, with undefined for a deleted one. */
export type Take<T> = (key: string, object: T | undefined) => void;

/**
 * The agent's copy of one kind: seeded from the snapshot on disk, then following its source. An object that is in the
 * snapshot but not in the source's first list is dropped when that list is complete; until then the last known state
 * holds.
 */
export class ObjectMirror<T extends Named> {
  readonly #objects = new Map<string, T>();
  /** Keys of the snapshot that the source has not named yet. */
  readonly #unconfirmed = new Set<string>();
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

  /** Takes an object of a snapshot: it is of this kind, as a mirror of the same release listed it. */
  seed(object: Named): void {
    const key = keyOf(object);
    if (this.#objects.has(key)) return;
    this.#unconfirmed.add(key);
    this.#put(key, object as T);
  }

  /** Resolves when the source's first list is complete and what it lacks has been dropped. */
  async follow(source: Source<T>, signal: AbortSignal): Promise<void> {
    source.subscribe(({ type, object }) => {
      this.#unconfirmed.delete(keyOf(object));
      this.#put(keyOf(object), type === 'deleted' ? undefined : object);
    });
    await source.synced(signal);
    for (const key of this.#unconfirmed) this.#put(key, undefined);
    this.#unconfirmed.clear();
  }

  #put(key: string, object: T | undefined): void {
    if (object === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
    this.#take(key, object);
  }
}
