import { annotation, type ClusterEgressRuleSet, type EgressProxy, label } from '../api/index.ts';
import {
  buildProxyVariables,
  catalogProxies,
  computeNoProxy,
  type ProxyCatalog,
  type ProxyVariables,
  proxyReference,
  resolveMode,
  type ServedNamespace,
} from '../injection/index.ts';
import type { Change, Named, ReadonlyStore } from '../kube/index.ts';
import type { Clock } from '../time/index.ts';
import { type CachedNamespace, type CachedService, SERVICES_BY_NAMESPACE } from './cached-objects.ts';
import { NamespaceWait } from './namespace-wait.ts';

/** What of a Reflector is used here. */
export interface Followed<S extends Named> {
  readonly store: ReadonlyStore<S>;
  subscribe(listener: (change: Change<S>) => void): () => void;
}

export interface ClusterSources {
  namespaces: Followed<CachedNamespace>;
  proxies: Followed<EgressProxy>;
  services: Followed<CachedService>;
  clusterRuleSets: Followed<ClusterEgressRuleSet>;
}

export interface ClusterViewOptions {
  productNamespace: string;
  /** Milliseconds: a pod can come sooner after its namespace than the watch tells of that. */
  namespaceWaitMs: number;
  clock: Clock;
}

/**
 * The cluster as the request path sees it, without a call to the API server. What follows from the objects is
 * built when it is first asked for and kept until one of them changes.
 */
export class ClusterView {
  readonly #sources: ClusterSources;
  readonly #productNamespace: string;
  readonly #namespaceWaitMs: number;
  readonly #wait: NamespaceWait;
  readonly #variables = new Map<string, ProxyVariables>();
  #catalog: ProxyCatalog | undefined;

  constructor(sources: ClusterSources, options: ClusterViewOptions) {
    this.#sources = sources;
    this.#productNamespace = options.productNamespace;
    this.#namespaceWaitMs = options.namespaceWaitMs;
    this.#wait = new NamespaceWait(options.clock);
    sources.namespaces.subscribe(({ object }) => this.#namespaceChanged(object.metadata.name));
    sources.services.subscribe(({ object }) => this.#serviceChanged(object));
    sources.proxies.subscribe(() => this.#proxiesChanged());
  }

  get catalog(): ProxyCatalog {
    this.#catalog ??= catalogProxies(this.#sources.proxies.store.list());
    return this.#catalog;
  }

  get clusterRuleSets(): ClusterEgressRuleSet[] {
    return this.#sources.clusterRuleSets.store.list();
  }

  namespace(name: string): CachedNamespace | undefined {
    return this.#sources.namespaces.store.get(name);
  }

  /** For a namespace that is not known: it, or undefined when it does not come in time. */
  async awaitNamespace(name: string): Promise<CachedNamespace | undefined> {
    await this.#wait.until(name, this.#namespaceWaitMs);
    return this.namespace(name);
  }

  served(namespace: CachedNamespace): ServedNamespace {
    return resolveMode(namespace, this.catalog, { productNamespace: this.#productNamespace });
  }

  /** The proxy that serves the namespace, or would if it opted in. */
  proxyOf(namespace: CachedNamespace): EgressProxy | undefined {
    const reference = namespace.metadata.labels[label.proxy];
    return reference === undefined ? this.catalog.defaultProxy : this.catalog.find(reference);
  }

  /** What the pods of a served namespace get. */
  variables(namespace: CachedNamespace, proxy: EgressProxy): ProxyVariables {
    const { name, annotations, labels } = namespace.metadata;
    const built = this.#variables.get(name);
    if (built !== undefined) return built;
    const services = this.#sources.services.store;
    const noProxy = computeNoProxy({
      discovered: proxy.status?.discovered,
      proxyExtras: proxy.spec.noProxy ?? [],
      namespaceExtras: annotations[annotation.noProxy],
      serviceNames: services.byIndex(SERVICES_BY_NAMESPACE, name).map(({ metadata }) => metadata.name),
    });
    const address = services.get(`${proxy.metadata.namespace}/${proxy.metadata.name}`)?.clusterIP;
    const variables = buildProxyVariables(proxy, noProxy.value, address, labels);
    this.#variables.set(name, variables);
    return variables;
  }

  /** The namespaces that a proxy serves, by name. Those on their way out do not count. */
  namespacesServedBy(reference: string): string[] {
    const served = this.#sources.namespaces.store.list().filter((namespace) => {
      if (namespace.terminating) return false;
      const outcome = this.served(namespace);
      return outcome.kind === 'served' && proxyReference(outcome.proxy) === reference;
    });
    return served.map(({ metadata }) => metadata.name).sort();
  }

  #namespaceChanged(name: string): void {
    this.#variables.delete(name);
    this.#wait.arrived(name);
  }

  /** A proxy's own Service changes what every namespace gets. */
  #serviceChanged({ metadata }: CachedService): void {
    if (this.catalog.find(proxyReference({ metadata })) === undefined)
      this.#variables.delete(metadata.namespace);
    else this.#variables.clear();
  }

  #proxiesChanged(): void {
    this.#catalog = undefined;
    this.#variables.clear();
  }
}
