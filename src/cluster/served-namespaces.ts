import type { EgressProxy } from '../api/index.ts';
import {
  catalogProxies,
  type NamespaceView,
  type ProxyCatalog,
  resolveMode,
  type ServedNamespace,
  servingProxy,
} from '../injection/index.ts';

export interface ServedNamespacesOptions<N> {
  proxies: () => Iterable<EgressProxy>;
  namespaces: () => Iterable<N>;
  /** Namespace of the product itself, which no proxy serves. */
  productNamespace: string;
}

/** A namespace, and how it is served. */
export interface ServedEntry<N> {
  namespace: N;
  served: ServedNamespace;
}

/** Which EgressProxy serves which namespace. Results are cached until one of the two invalidate methods is called. */
export class ServedNamespaces<N extends NamespaceView & { terminating?: boolean }> {
  readonly #options: ServedNamespacesOptions<N>;
  /** By the cached object: a namespace that has changed is another one. */
  #served = new WeakMap<N, ServedNamespace>();
  #catalog: ProxyCatalog | undefined;
  #byProxy: ReadonlyMap<string, readonly ServedEntry<N>[]> | undefined;

  constructor(options: ServedNamespacesOptions<N>) {
    this.#options = options;
  }

  get catalog(): ProxyCatalog {
    this.#catalog ??= catalogProxies(this.#options.proxies());
    return this.#catalog;
  }

  served(namespace: N): ServedNamespace {
    const cached = this.#served.get(namespace);
    if (cached !== undefined) return cached;
    const served = resolveMode(namespace, this.catalog, this.#options);
    this.#served.set(namespace, served);
    return served;
  }

  /** The namespaces that a proxy serves, without those that are terminating. */
  servedBy(proxyReference: string): readonly ServedEntry<N>[] {
    this.#byProxy ??= this.#groupByProxy();
    return this.#byProxy.get(proxyReference) ?? [];
  }

  /** An EgressProxy has changed. */
  invalidateProxies(): void {
    this.#catalog = undefined;
    this.#served = new WeakMap();
    this.#byProxy = undefined;
  }

  /** A namespace has changed. */
  invalidateNamespaces(): void {
    this.#byProxy = undefined;
  }

  #groupByProxy(): Map<string, ServedEntry<N>[]> {
    const byProxy = new Map<string, ServedEntry<N>[]>();
    for (const namespace of this.#options.namespaces()) {
      if (namespace.terminating) continue;
      const served = this.served(namespace);
      const reference = servingProxy(served);
      if (reference === undefined) continue;
      const group = byProxy.get(reference);
      if (group === undefined) byProxy.set(reference, [{ namespace, served }]);
      else group.push({ namespace, served });
    }
    return byProxy;
  }
}
