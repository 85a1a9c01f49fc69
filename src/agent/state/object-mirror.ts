import { isDeepStrictEqual } from 'node:util';
import type { Source } from '../../cluster/index.ts';
import { keyOf, type Named } from '../../kube/index.ts';

/** Called after each change of the mirror. `object` is undefined if it was deleted, `old` if it is new. */
export type Take<T> = (key: string, object: T | undefined, old: T | undefined) => void;

/**
 * Whether two versions of an object are the same to an agent, such as before and after a change of a pod's annotations. False
 * where one is missing. Pure.
 */
export function areSame<T extends Named>(old: T | undefined, object: T | undefined): boolean {
  return old !== undefined && object !== undefined && isDeepStrictEqual(contentOf(old), contentOf(object));
}

/** What its source keeps of an object, without the version. */
function contentOf({ metadata, ...rest }: Named): object {
  return { ...rest, metadata: { ...metadata, resourceVersion: undefined } };
}

/**
 * One kind as the agent knows it: what the snapshot on disk had, and then what its source has. An object that is in the
 * snapshot but not in the source's first list is dropped when that list is complete; until then the last known state
 * holds.
 */
export class ObjectMirror<T extends Named> {
  /** Objects of the snapshot that the source has not named yet. */
  readonly #seeds = new Map<string, T>();
  #source: Source<T> | undefined;
  readonly #take: Take<T>;

  constructor(take: Take<T>) {
    this.#take = take;
  }

  *list(): Iterable<T> {
    yield* this.#source?.store.list() ?? [];
    yield* this.#seeds.values();
  }

  get size(): number {
    return this.#seeds.size + (this.#source?.store.size ?? 0);
  }

  get(key: string): T | undefined {
    return this.#source?.store.get(key) ?? this.#seeds.get(key);
  }

  /** Takes an object of a snapshot: it is of this kind, as a mirror of the same release listed it. Only before `follow`. */
  seed(object: Named): void {
    const key = keyOf(object);
    if (this.#seeds.has(key)) return;
    this.#seeds.set(key, object as T);
    this.#take(key, object as T, undefined);
  }

  /** Resolves when the source's first list is complete and what it lacks has been dropped. */
  async follow(source: Source<T>, signal: AbortSignal): Promise<void> {
    this.#source = source;
    source.subscribe((change) => {
      const key = keyOf(change.object);
      const seed = this.#seeds.get(key);
      this.#seeds.delete(key);
      if (change.type === 'deleted') this.#take(key, undefined, change.object);
      else this.#take(key, change.object, change.type === 'modified' ? change.old : seed);
    });
    await source.synced(signal);
    for (const [key, seed] of this.#seeds) {
      this.#seeds.delete(key);
      this.#take(key, undefined, seed);
    }
  }
}
