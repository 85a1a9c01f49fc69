import type { Discovered, EgressProxy } from '../../api/index.ts';
import { type CachedNamespace, type ServedEntry, ServedNamespaces } from '../../cluster/index.ts';
import type { DnsFacts } from '../../enforcement/index.ts';
import { type ProxyCatalog, proxyReference, type ServedNamespace } from '../../injection/index.ts';
import type { Reflectors } from '../cache/reflectors.ts';
import { discover, discoverDns, rangesOf } from '../discovery/index.ts';
import { Notifier } from './notifier.ts';

export interface ClusterFactsOptions {
  productNamespace: string;
  dnsService: { namespace: string; name: string };
  /** The domain that the operator sets. */
  givenDomain: string | undefined;
  /** The domain of resolv.conf. */
  foundDomain: string | undefined;
  /** The Service range that the API server named where it has no ServiceCIDRs. */
  probedServiceRanges: readonly string[];
}

/** Facts that are derived from the caches, computed on demand and cached until the caches change. */
export class ClusterFacts {
  readonly #reflectors: Reflectors;
  readonly #options: ClusterFactsOptions;
  readonly #served: ServedNamespaces<CachedNamespace>;
  readonly #notifier = new Notifier<undefined>();
  #discovered: Discovered | undefined;
  #dns: DnsFacts | undefined;

  constructor(reflectors: Reflectors, options: ClusterFactsOptions) {
    this.#reflectors = reflectors;
    this.#options = options;
    this.#served = new ServedNamespaces({
      proxies: () => reflectors.proxies.store.list(),
      namespaces: () => reflectors.namespaces.store.list(),
      productNamespace: options.productNamespace,
    });
    reflectors.proxies.subscribe(() => this.#served.invalidateProxies());
    reflectors.namespaces.subscribe(() => this.#served.invalidateNamespaces());
  }

  get catalog(): ProxyCatalog {
    return this.#served.catalog;
  }

  served(namespace: CachedNamespace): ServedNamespace {
    return this.#served.served(namespace);
  }

  /** The namespaces that a proxy serves, without those that are terminating. */
  servedBy(proxy: Pick<EgressProxy, 'metadata'>): readonly ServedEntry<CachedNamespace>[] {
    return this.#served.servedBy(proxyReference(proxy));
  }

  get discovered(): Discovered {
    this.#discovered ??= this.#discover();
    return this.#discovered;
  }

  get dns(): DnsFacts {
    this.#dns ??= this.#discoverDns();
    return this.#dns;
  }

  /** Calls the listener whenever a rediscovery has found the cluster changed. */
  subscribe(listener: (change: undefined) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  rediscover(): void {
    const before = [this.discovered, this.dns];
    this.#discovered = undefined;
    this.#dns = undefined;
    const isUnchanged = JSON.stringify(before) === JSON.stringify([this.discovered, this.dns]);
    if (!isUnchanged) this.#notifier.notify(undefined);
  }

  #discover(): Discovered {
    const { nodes, services, serviceCidrs, apiServerSlices } = this.#reflectors;
    const { givenDomain, foundDomain, probedServiceRanges } = this.#options;
    return discover({
      givenDomain,
      foundDomain,
      nodes: nodes.store.list(),
      serviceRanges: [...rangesOf(serviceCidrs?.store.list() ?? []), ...probedServiceRanges],
      apiServerSlices: apiServerSlices.store.list(),
      apiServerClusterIPs: services.store.get('default/kubernetes')?.clusterIPs ?? [],
    });
  }

  #discoverDns(): DnsFacts {
    const { services, dnsSlices, nodeLocalDns } = this.#reflectors;
    const { namespace, name } = this.#options.dnsService;
    const [nodeLocal] = nodeLocalDns.store.list();
    return discoverDns({
      namespace,
      podSelector: services.store.get(`${namespace}/${name}`)?.selector,
      slices: dnsSlices.store.list(),
      nodeLocalConfig: nodeLocal && Object.values(nodeLocal.data ?? {}).join('\n'),
    });
  }
}
