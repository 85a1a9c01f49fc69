import { Notifier } from './notifier.ts';

/**
 * The EgressProxies, `<namespace>.<name>`, that pods of a namespace still use since the namespace moved to another one.
 * Such a proxy continues to let these clients in.
 */
export class FormerProxies {
  readonly #byNamespace = new Map<string, readonly string[]>();
  readonly #notifier = new Notifier<readonly string[]>();

  /** Calls the listener with the proxies whose former clients have changed. */
  subscribe(listener: (proxies: readonly string[]) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  set(namespace: string, proxies: readonly string[]): void {
    const before = this.#byNamespace.get(namespace) ?? [];
    if (proxies.join() === before.join()) return;
    if (proxies.length > 0) this.#byNamespace.set(namespace, proxies);
    else this.#byNamespace.delete(namespace);
    this.#notifier.notify([...new Set([...before, ...proxies])]);
  }

  /** The namespaces that have pods which still use the proxy. */
  clientsOf(proxy: string): string[] {
    return [...this.#byNamespace].flatMap(([namespace, proxies]) =>
      proxies.includes(proxy) ? [namespace] : [],
    );
  }
}
