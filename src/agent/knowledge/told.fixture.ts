import { type Change, type Health, keyOf, type Listener, type Named, Store } from '../../kube/index.ts';
import type { Source } from './mirror.ts';

/** What a Reflector is to the agent, told by a test. */
export class Told<T extends Named> implements Source<T> {
  readonly store = new Store<T>();
  readonly #listeners = new Set<Listener<T>>();
  readonly #synced = Promise.withResolvers<void>();
  hasSynced = false;
  health: Health = { ok: false, reason: 'Unreachable', message: 'the API server is away' };

  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** The first whole list is in. */
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
    this.#tell(this.store.set(object));
  }

  delete(object: T): void {
    const change = this.store.delete(keyOf(object));
    if (change !== undefined) this.#tell(change);
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}
