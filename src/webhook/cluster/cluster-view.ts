import { type ClusterEgressRuleSet, type EgressProxy, label } from '../../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace, ServedNamespaces } from '../../cluster/index.ts';
import type { PodView, ProxyCatalog, ProxyVariables, ServedNamespace } from '../../injection/index.ts';
import { keyOf } from '../../kube/index.ts';
import { isExpired, type QuotaPlace } from '../../rules/index.ts';
import type { Clock } from '../../time/index.ts';
import { NamespaceWait } from './namespace-wait.ts';
import { type ClusterSources, PodVariables } from './pod-variables.ts';

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
  readonly #clock: Clock;
  readonly #namespaceWaitMs: number;
  readonly #wait: NamespaceWait;
  readonly #served: ServedNamespaces<CachedNamespace>;
  readonly #variables: PodVariables;

  constructor(sources: ClusterSources, options: ClusterViewOptions) {
    this.#sources = sources;
    this.#clock = options.clock;
    this.#namespaceWaitMs = options.namespaceWaitMs;
    this.#wait = new NamespaceWait(options.clock);
    this.#served = new ServedNamespaces({
      proxies: () => sources.proxies.store.list(),
      namespaces: () => sources.namespaces.store.list(),
      productNamespace: options.productNamespace,
    });
    sources.namespaces.subscribe(({ object }) => {
      this.#served.invalidateNamespaces();
      this.#wait.arrived(object.metadata.name);
    });
    sources.proxies.subscribe(() => this.#served.invalidateProxies());
    // Subscribes after these, since it asks the catalog.
    this.#variables = new PodVariables(
      sources,
      (key) => this.catalog.find(key.replace('/', '.')) !== undefined,
    );
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.#clock.now();
  }

  get catalog(): ProxyCatalog {
    return this.#served.catalog;
  }

  get proxies(): EgressProxy[] {
    return this.#sources.proxies.store.list();
  }

  /** The cluster rule sets that have not expired. */
  get clusterRuleSets(): ClusterEgressRuleSet[] {
    const { now } = this;
    return this.#sources.clusterRuleSets.store.list().filter((set) => !isExpired(set, now));
  }

  hasTargetGroup(name: string): boolean {
    return this.#sources.targetGroups.store.get(name) !== undefined;
  }

  /** The rule sets that refer to a target group, as `namespace/name` or the name of a cluster rule set, sorted. */
  ruleSetsReferringTo(group: string): string[] {
    const { ruleSets, clusterRuleSets } = this.#sources;
    return [
      ...ruleSets.store.list().filter(({ targetGroups }) => targetGroups.includes(group)),
      ...clusterRuleSets.store.list().filter(({ spec }) => (spec.targetGroups ?? []).includes(group)),
    ]
      .map(keyOf)
      .sort();
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

  /** The EgressRuleSets of a namespace except one, as quotas count them. */
  otherRuleSets(namespace: string, name: string | undefined): QuotaPlace {
    const others = this.#sources.ruleSets.store
      .byIndex(BY_NAMESPACE, namespace)
      .filter(({ metadata }) => metadata.name !== name);
    return { ruleSets: others.length, targets: others.reduce((sum, { targets }) => sum + targets, 0) };
  }

  variables(namespace: CachedNamespace, proxy: EgressProxy, pod: PodView): ProxyVariables {
    return this.#variables.find(namespace, proxy, pod);
  }

  /** Names of the namespaces that a proxy serves, sorted. Terminating namespaces do not count. */
  namespacesServedBy(reference: string): string[] {
    return this.#served
      .servedBy(reference)
      .map(({ namespace }) => namespace.metadata.name)
      .sort();
  }
}
