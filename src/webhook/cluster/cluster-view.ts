import { isDeepStrictEqual } from 'node:util';
import { annotation, type ClusterEgressRuleSet, type EgressProxy, label } from '../../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace, ServedNamespaces, type Source } from '../../cluster/index.ts';
import {
  buildProxyVariables,
  computeNoProxy,
  neededSuffixes,
  type ProxyCatalog,
  type ProxyVariables,
  proxyReference,
  type ServedNamespace,
  shortestFirst,
} from '../../injection/index.ts';
import type { Change } from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';
import type { CachedRuleSet } from './cached-rule-set.ts';
import type { CachedService } from './cached-service.ts';
import { NamespaceWait } from './namespace-wait.ts';

export interface ClusterSources {
  namespaces: Source<CachedNamespace>;
  proxies: Source<EgressProxy>;
  services: Source<CachedService>;
  ruleSets: Source<CachedRuleSet>;
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
  #reachable: readonly string[] | undefined;

  constructor(sources: ClusterSources, options: ClusterViewOptions) {
    this.#sources = sources;
    this.#namespaceWaitMs = options.namespaceWaitMs;
    this.#wait = new NamespaceWait(options.clock);
    this.#served = new ServedNamespaces({
      proxies: () => sources.proxies.store.list(),
      namespaces: () => sources.namespaces.store.list(),
      productNamespace: options.productNamespace,
    });
    sources.namespaces.subscribe((change) => this.#namespaceChanged(change));
    sources.services.subscribe((change) => this.#serviceChanged(change));
    sources.proxies.subscribe(() => this.#proxiesChanged());
    sources.ruleSets.subscribe((change) => this.#ruleSetChanged(change));
    sources.clusterRuleSets.subscribe(() => this.#variables.clear());
  }

  get catalog(): ProxyCatalog {
    return this.#served.catalog;
  }

  get proxies(): EgressProxy[] {
    return this.#sources.proxies.store.list();
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
      annotations: [annotations[annotation.noProxy]],
      serviceNames: services.byIndex(BY_NAMESPACE, name).map(({ metadata }) => metadata.name),
      namespaceNames: proxy.spec.noProxyNamespaces === 'Omit' ? [] : this.#namespacesWithServices(),
      needed: neededSuffixes({
        ruleSets: this.#ruleSetsFor(name, proxy).map(({ suffixes }) => suffixes),
        clusterRuleSets: this.clusterRuleSets,
        namespaceLabels: labels,
        proxy,
      }),
    });
    const address = services.get(`${proxy.metadata.namespace}/${proxy.metadata.name}`)?.clusterIP;
    const variables = buildProxyVariables(proxy, noProxy, address, labels);
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

  /** A modified namespace is the common case: a controller annotates it. */
  #namespaceChanged({ type, object: { metadata } }: Change<CachedNamespace>): void {
    this.#served.invalidateNamespaces();
    if (type === 'modified' || !this.#hasServices(metadata.name)) this.#variables.delete(metadata.name);
    else this.#reachableChanged();
    this.#wait.arrived(metadata.name);
  }

  /** The rule sets that grant to the namespace. */
  #ruleSetsFor(namespace: string, { spec }: EgressProxy): CachedRuleSet[] {
    const { store } = this.#sources.ruleSets;
    return spec.ruleSetScope === 'Cluster' ? store.list() : store.byIndex(BY_NAMESPACE, namespace);
  }

  #namespacesWithServices(): readonly string[] {
    this.#reachable ??= shortestFirst(
      this.#sources.namespaces.store
        .list()
        .map(({ metadata }) => metadata.name)
        .filter((name) => this.#hasServices(name)),
    );
    return this.#reachable;
  }

  #hasServices(namespace: string): boolean {
    return this.#sources.services.store.byIndex(BY_NAMESPACE, namespace).length > 0;
  }

  /**
   * The Service of a proxy changes the variables of every namespace, and so does the first or last Service of a
   * namespace, whose name they have.
   */
  #serviceChanged({ type, object: { metadata } }: Change<CachedService>): void {
    if (type !== 'modified') this.#countChanged(type, metadata.namespace);
    if (this.catalog.find(proxyReference({ metadata })) === undefined)
      this.#variables.delete(metadata.namespace);
    else this.#variables.clear();
  }

  #countChanged(type: 'added' | 'deleted', namespace: string): void {
    const count = this.#sources.services.store.byIndex(BY_NAMESPACE, namespace).length;
    if (count === (type === 'added' ? 1 : 0)) this.#reachableChanged();
  }

  #reachableChanged(): void {
    this.#reachable = undefined;
    this.#variables.clear();
  }

  /** Most changes of targets leave their top-level domains as they were. */
  #ruleSetChanged(change: Change<CachedRuleSet>): void {
    if (change.type === 'modified' && isDeepStrictEqual(change.object.suffixes, change.old.suffixes)) return;
    const hasUnion = this.proxies.some(({ spec }) => spec.ruleSetScope === 'Cluster');
    if (hasUnion) this.#variables.clear();
    else this.#variables.delete(change.object.metadata.namespace);
  }

  #proxiesChanged(): void {
    this.#served.invalidateProxies();
    this.#variables.clear();
  }
}
