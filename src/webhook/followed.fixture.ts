import { type Change, type Named, Store } from '../kube/index.ts';
import type { Followed } from './cluster-view.ts';

/** What a reflector would show, set by hand. */
export class FollowedFixture<S extends Named> implements Followed<S> {
  readonly store: Store<S>;
  readonly #listeners: ((change: Change<S>) => void)[] = [];

  constructor(objects: S[] = [], indexes: ConstructorParameters<typeof Store<S>>[0] = {}) {
    this.store = new Store<S>(indexes);
    for (const object of objects) this.store.set(object);
  }

  subscribe(listener: (change: Change<S>) => void): () => void {
    this.#listeners.push(listener);
    for (const object of this.store.list()) listener({ type: 'added', object });
    return () => {};
  }

  set(object: S): void {
    const change = this.store.set(object);
    for (const listener of this.#listeners) listener(change);
  }

  delete(key: string): void {
    const change = this.store.delete(key);
    if (change !== undefined) for (const listener of this.#listeners) listener(change);
  }
}
