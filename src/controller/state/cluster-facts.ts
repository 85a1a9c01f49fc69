import type { ClusterSettings, Discovered, EgressProxy } from '../../api/index.ts';
import {
  type CachedNamespace,
  PodNetworks,
  type ServedEntry,
  ServedNamespaces,
} from '../../cluster/index.ts';
import type { DnsFacts } from '../../enforcement/index.ts';
import { type ProxyCatalog, proxyReference, type ServedNamespace } from '../../injection/index.ts';
import { type Change, keyOf } from '../../kube/index.ts';
import { type Reflectors, selectSlices } from '../cache/reflectors.ts';
import type { CachedService } from '../cache/trim-objects.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import {
  checkFacts,
  type DnsServiceHints,
  discover,
  discoverDns,
  type FactProblem,
  type FoundDnsService,
  findDnsService,
  mayBeDnsService,
  rangesOf,
} from '../discovery/index.ts';
import { Notifier } from './notifier.ts';

export interface ClusterFactsOptions {
  productNamespace: string;
  /** The domain of resolv.conf. */
  foundDomain: string | undefined;
  /** The nameservers of this pod's resolv.conf. */
  nameservers: readonly string[];
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
  #problems: readonly FactProblem[] | undefined;
  #dnsService: FoundDnsService | undefined;
  readonly #podNetworks = new PodNetworks();
  /** Notifies when pods have addresses in a network in which there was none, or no longer. */
  readonly podNetworks = new Notifier<undefined>();

  constructor(reflectors: Reflectors, options: ClusterFactsOptions) {
    this.#reflectors = reflectors;
    this.#options = options;
    this.#served = new ServedNamespaces({
      proxies: () => reflectors.proxies.store.list(),
      namespaces: () => reflectors.namespaces.store.list(),
      productNamespace: options.productNamespace,
    });
    reflectors.pods.subscribe((change) => this.#countAddresses(change));
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

  /** What is missing or contradicts what is seen. */
  get problems(): readonly FactProblem[] {
    this.#problems ??= this.#check();
    return this.#problems;
  }

  /** Finds the DNS Service, and resolves when its EndpointSlices are listed or the signal is aborted. */
  async followDnsService(signal: AbortSignal): Promise<void> {
    const { services, dnsSlices } = this.#reflectors;
    const before = this.#dnsService?.service;
    const found = findDnsService(services.store.list(), this.#hints);
    this.#dnsService = found;
    if (found === undefined || isSame(found.service, before)) return;
    const aborted = Promise.withResolvers<void>();
    const stop = () => aborted.resolve();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([dnsSlices.select(selectSlices(found.service)), aborted.promise]);
    signal.removeEventListener('abort', stop);
  }

  mayBeDnsService(service: CachedService): boolean {
    return mayBeDnsService(service, this.#hints);
  }

  get #given(): ClusterSettings {
    return this.catalog.defaultProxy?.spec.cluster ?? {};
  }

  get #hints(): DnsServiceHints {
    return { given: this.#given.dnsService, nameservers: this.#options.nameservers };
  }

  /** Calls the listener whenever a rediscovery has found the cluster changed. */
  subscribe(listener: (change: undefined) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  rediscover(): void {
    const before = JSON.stringify([this.discovered, this.dns, this.problems]);
    this.#discovered = undefined;
    this.#dns = undefined;
    this.#problems = undefined;
    const isUnchanged = before === JSON.stringify([this.discovered, this.dns, this.problems]);
    if (!isUnchanged) this.#notifier.notify(undefined);
  }

  #discover(): Discovered {
    const { nodes, services, serviceCidrs, apiServerSlices } = this.#reflectors;
    const { foundDomain, probedServiceRanges } = this.#options;
    return discover({
      given: this.#given,
      foundDomain,
      nodes: nodes.store.list(),
      serviceRanges: [...rangesOf(serviceCidrs?.store.list() ?? []), ...probedServiceRanges],
      serviceRangesFrom: serviceCidrs === undefined ? 'ApiServer' : 'ServiceCIDRs',
      apiServerSlices: apiServerSlices.store.list(),
      apiServerClusterIPs: services.store.get('default/kubernetes')?.clusterIPs ?? [],
      dnsService: this.#dnsService,
    });
  }

  #discoverDns(): DnsFacts {
    const { services, dnsSlices, nodeLocalDns } = this.#reflectors;
    const [nodeLocal] = nodeLocalDns.store.list();
    return discoverDns({
      namespace: this.#dnsService?.service.namespace,
      podSelector: this.#cachedDnsService(services)?.selector,
      slices: dnsSlices.store.list(),
      nodeLocalConfig: nodeLocal && Object.values(nodeLocal.data ?? {}).join('\n'),
    });
  }

  #check(): FactProblem[] {
    const { discovered } = this;
    const dnsAddresses = this.#cachedDnsService(this.#reflectors.services)?.clusterIPs ?? [];
    return checkFacts({
      discovered,
      podNetworks: this.#podNetworks.current(),
      dnsIsOpen: this.dns.services.length > 0,
      clusterIPs: [...(discovered.apiServerClusterIPs ?? []), ...dnsAddresses],
    });
  }

  #cachedDnsService({ store }: Reflectors['services']): CachedService | undefined {
    return this.#dnsService && store.get(keyOf({ metadata: this.#dnsService.service }));
  }

  #countAddresses(change: Change<CachedPod>): void {
    const before =
      change.type === 'added'
        ? []
        : change.type === 'modified'
          ? change.old.ownAddresses
          : change.object.ownAddresses;
    const after = change.type === 'deleted' ? [] : change.object.ownAddresses;
    if (before.join() === after.join()) return;
    const added = after.map((address) => this.#podNetworks.add(address));
    const removed = before.map((address) => this.#podNetworks.remove(address));
    if ([...added, ...removed].includes(true)) this.podNetworks.notify(undefined);
  }
}

function isSame(a: FoundDnsService['service'], b: FoundDnsService['service'] | undefined): boolean {
  return a.namespace === b?.namespace && a.name === b.name;
}
