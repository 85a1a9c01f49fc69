import { Notifier } from './notifier.ts';

/** The certificates that the pods of a proxy's namespaces trust. */
export interface TrustBundle {
  /** The data of the copies, by key. */
  files: Record<string, string>;
  /** SHA-256 of the files. */
  hash: string;
  /** Number of certificates that the operator gave. */
  authorities: number;
}

/** The trust bundle of each EgressProxy as it was last read, by the key of the proxy. */
export class TrustBundles {
  readonly #byProxy = new Map<string, TrustBundle>();
  readonly #notifier = new Notifier<string>();

  /** Calls the listener with the key of each proxy whose bundle has changed. */
  subscribe(listener: (proxy: string) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  get(proxy: string): TrustBundle | undefined {
    return this.#byProxy.get(proxy);
  }

  set(proxy: string, bundle: TrustBundle): void {
    if (this.#byProxy.get(proxy)?.hash === bundle.hash) return;
    this.#byProxy.set(proxy, bundle);
    this.#notifier.notify(proxy);
  }

  delete(proxy: string): void {
    if (this.#byProxy.delete(proxy)) this.#notifier.notify(proxy);
  }
}
