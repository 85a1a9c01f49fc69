import { annotation, type ClusterEgressRuleSet, type EgressProxy, label } from '../../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace, ServedNamespaces, type Source } from '../../cluster/index.ts';
import {
  buildProxyVariables,
  computeNoProxy,
  type ProxyCatalog,
  type ProxyVariables,
  proxyReference,
  type ServedNamespace,
} from '../../injection/index.ts';
import type { Clock } from '../../time/index.ts';
import type { CachedService } from './cached-service.ts';
import { NamespaceWait } from './namespace-wait.ts';

export interface ClusterSources {
  namespaces: Source<CachedNamespace>;
  proxies: Source<EgressProxy>;
  services: Source<CachedService>;
  clusterRuleSets: Source<ClusterEgressRuleSet>;
}

export interface ClusterViewOptions {
  productNamespace: string;
  /** Milliseconds. A pod may be created before the watch has reported its new namespace. */
  namespaceWaitMs: number;
  clock: Clock;
}

/**
 * The cluster as handlers see it, without a call to the API server. What is derived from the objects is built on first
 * use and cached until one of them changes.
 */
export class ClusterView {
  readonly #sources: ClusterSources;
  readonly #namespaceWaitMs: number;
  readonly #wait: NamespaceWait;
  readonly #served: ServedNamespaces<CachedNamespace>;
  readonly #variables = new Map<string, ProxyVariables>();

  constructor(sources: ClusterSources, options: ClusterViewOptions) {
    this.#sources = sources;
    this.#namespaceWaitMs = options.namespaceWaitMs;
    this.#wait = new NamespaceWait(options.clock);
    this.#served = new ServedNamespaces({
      proxies: () => sources.proxies.store.list(),
      namespaces: () => sources.namespaces.store.list(),
      productNamespace: options.productNamespace,
    });
    sources.namespaces.subscribe(({ object }) => this.#namespaceChanged(object.metadata.name));
    sources.services.subscribe(({ object }) => this.#serviceChanged(object));
    sources.proxies.subscribe(() => this.#proxiesChanged());
  }

  get catalog(): ProxyCatalog {
    return this.#served.catalog;
  }

  get clusterRuleSets(): ClusterEgressRuleSet[] {
    return this.#sources.clusterRuleSets.store.list();
  }

  namespace(name: string): CachedNamespace | undefined {
    return this.#sources.namespaces.store.get(name);
  }

  /** The namespace once it is cached; undefined when `namespaceWaitMs` is over. */
  async awaitNamespace(name: string): Promise<CachedNamespace | undefined> {
    await this.#wait.until(name, this.#namespaceWaitMs);
    return this.namespace(name);
  }

  served(namespace: CachedNamespace): ServedNamespace {
    return this.#served.served(namespace);
  }

  /** The proxy that serves the namespace, or would if it opted in. */
  proxyOf(namespace: CachedNamespace): EgressProxy | undefined {
    const reference = namespace.metadata.labels[label.proxy];
    return reference === undefined ? this.catalog.defaultProxy : this.catalog.find(reference);
  }

  /** The variables for the pods of a served namespace. */
  variables(namespace: CachedNamespace, proxy: EgressProxy): ProxyVariables {
    const { name, annotations, labels } = namespace.metadata;
    const built = this.#variables.get(name);
    if (built !== undefined) return built;
    const services = this.#sources.services.store;
    const noProxy = computeNoProxy({
      discovered: proxy.status?.discovered,
      proxyExtras: proxy.spec.noProxy ?? [],
      namespaceExtras: annotations[annotation.noProxy],
      serviceNames: services.byIndex(BY_NAMESPACE, name).map(({ metadata }) => metadata.name),
    });
    const address = services.get(`${proxy.metadata.namespace}/${proxy.metadata.name}`)?.clusterIP;
    const variables = buildProxyVariables(proxy, noProxy.value, address, labels);
    this.#variables.set(name, variables);
    return variables;
  }

  /** Names of the namespaces that a proxy serves, sorted. Terminating namespaces do not count. */
  namespacesServedBy(reference: string): string[] {
    return this.#served
      .servedBy(reference)
      .map(({ namespace }) => namespace.metadata.name)
      .sort();
  }

  #namespaceChanged(name: string): void {
    this.#served.invalidateNamespaces();
    this.#variables.delete(name);
    this.#wait.arrived(name);
  }

  /** The Service of a proxy changes the variables of every namespace. */
  #serviceChanged({ metadata }: CachedService): void {
    if (this.catalog.find(proxyReference({ metadata })) === undefined)
      this.#variables.delete(metadata.namespace);
    else this.#variables.clear();
  }

  #proxiesChanged(): void {
    this.#served.invalidateProxies();
    this.#variables.clear();
  }
}
