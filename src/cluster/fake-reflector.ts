import {
  type Change,
  type Health,
  type IndexFunction,
  keyOf,
  type Listener,
  type Named,
  Store,
} from '../kube/index.ts';
import type { Source } from './source.ts';

/** A Source for tests, which set its objects. */
export class FakeReflector<T extends Named> implements Source<T> {
  readonly store: Store<T>;
  readonly #listeners = new Set<Listener<T>>();
  readonly #synced = Promise.withResolvers<void>();
  hasSynced = false;
  health: Health = { ok: false, reason: 'Unreachable', message: 'the API server is away' };

  constructor(objects: readonly T[] = [], indexes: Record<string, IndexFunction<T>> = {}) {
    this.store = new Store<T>(indexes);
    for (const object of objects) this.store.set(object);
  }

  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** The first list is complete. */
  sync(): void {
    this.hasSynced = true;
    this.health = { ok: true };
    this.#synced.resolve();
  }

  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    for (const object of this.store.list()) listener({ type: 'added', object });
    return () => this.#listeners.delete(listener);
  }

  set(object: T): void {
    this.#notify(this.store.set(object));
  }

  delete(object: Named): void {
    const change = this.store.delete(keyOf(object));
    if (change !== undefined) this.#notify(change);
  }

  #notify(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}
