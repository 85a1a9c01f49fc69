import type { Discovered, EgressProxy } from '../../api/index.ts';
import type { DnsFacts } from '../../enforcement/index.ts';
import {
  catalogProxies,
  type ProxyCatalog,
  proxyReference,
  resolveMode,
  type ServedNamespace,
} from '../../injection/index.ts';
import { discover, discoverDns, rangesOf } from '../discovery/index.ts';
import type { Followers } from './follow-cluster.ts';
import type { KeptNamespace } from './kept-objects.ts';

export interface ClusterViewOptions {
  productNamespace: string;
  dnsService: { namespace: string; name: string };
  givenDomain: string | undefined;
  foundDomain: string | undefined;
  /** What the API server says of its Service range where it has no ServiceCIDRs. */
  probedServiceRanges: readonly string[];
}

export interface ServedEntry {
  namespace: KeptNamespace;
  served: ServedNamespace;
}

/** What follows from the caches, computed when it is asked for and kept until they change. */
export class ClusterView {
  readonly #followers: Followers;
  readonly #options: ClusterViewOptions;
  #catalog: ProxyCatalog | undefined;
  #byProxy: ReadonlyMap<string, readonly ServedEntry[]> | undefined;
  #discovered: Discovered | undefined;
  #dns: DnsFacts | undefined;

  constructor(followers: Followers, options: ClusterViewOptions) {
    this.#followers = followers;
    this.#options = options;
    followers.proxies.subscribe(() => {
      this.#catalog = undefined;
      this.#byProxy = undefined;
    });
    followers.namespaces.subscribe(() => {
      this.#byProxy = undefined;
    });
  }

  get catalog(): ProxyCatalog {
    this.#catalog ??= catalogProxies(this.#followers.proxies.store.list());
    return this.#catalog;
  }

  served(namespace: KeptNamespace): ServedNamespace {
    return resolveMode(namespace, this.catalog, this.#options);
  }

  /** The namespaces that a proxy serves, by its reference; those on their way out do not count. */
  servedBy(proxy: Pick<EgressProxy, 'metadata'>): readonly ServedEntry[] {
    this.#byProxy ??= this.#groupByProxy();
    return this.#byProxy.get(proxyReference(proxy)) ?? [];
  }

  get discovered(): Discovered {
    this.#discovered ??= this.#discover();
    return this.#discovered;
  }

  get dns(): DnsFacts {
    this.#dns ??= this.#discoverDns();
    return this.#dns;
  }

  /** Looks at the cluster again; true when it is not what it was. */
  rediscover(): boolean {
    const before = [this.discovered, this.dns];
    this.#discovered = undefined;
    this.#dns = undefined;
    return JSON.stringify(before) !== JSON.stringify([this.discovered, this.dns]);
  }

  #groupByProxy(): Map<string, ServedEntry[]> {
    const entries = this.#followers.namespaces.store
      .list()
      .filter(({ terminating }) => !terminating)
      .map((namespace) => ({ namespace, served: this.served(namespace) }));
    const byProxy = new Map<string, ServedEntry[]>();
    for (const entry of entries) {
      if (entry.served.kind !== 'served') continue;
      const reference = proxyReference(entry.served.proxy);
      const group = byProxy.get(reference);
      if (group === undefined) byProxy.set(reference, [entry]);
      else group.push(entry);
    }
    return byProxy;
  }

  #discover(): Discovered {
    const { nodes, services, serviceCidrs, apiServerSlices } = this.#followers;
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
    const { services, dnsSlices, nodeLocalDns } = this.#followers;
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
