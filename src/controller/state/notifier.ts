/** Lets controllers watch a state as they watch a reflector. */
export class Notifier<C> {
  readonly #listeners = new Set<(change: C) => void>();

  subscribe(listener: (change: C) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(change: C): void {
    for (const listener of this.#listeners) listener(change);
  }
}
