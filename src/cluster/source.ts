import type { Health, Listener, Named, ReadonlyStore } from '../kube/index.ts';

/** What the components read of a Reflector. Tests use FakeReflector. */
export interface Source<T extends Named> {
  readonly store: ReadonlyStore<T>;
  /** Whether the first list is complete. */
  readonly hasSynced: boolean;
  readonly health: Health;
  /** Resolves when the first list is complete; rejects with the signal's reason. */
  synced(signal?: AbortSignal): Promise<void>;
  /** Calls the listener for each object of the store and for each later change; the result unsubscribes. */
  subscribe(listener: Listener<T>): () => void;
}
