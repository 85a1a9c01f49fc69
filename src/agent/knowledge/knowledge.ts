import { randomInt } from 'node:crypto';
import { type ClusterEgressRuleSet, type EgressProxy, type EgressRuleSet, label } from '../../api/index.ts';
import type { UpstreamEndpoint } from '../../config/index.ts';
import {
  catalogProxies,
  type NamespaceView,
  type ProxyCatalog,
  resolveMode,
  type ServedNamespace,
  servingProxy,
} from '../../injection/index.ts';
import type { Metadata, Named } from '../../kube/index.ts';
import { isPlainUpstream } from '../../proxy/index.ts';
import {
  buildSettings,
  type DecisionSettings,
  type ParentEndpoint,
  RuleSetIndex,
} from '../../rules/index.ts';
import type { ClientPod } from '../identity/client-pod.ts';
import { PodIndex } from '../identity/pod-index.ts';
import { FormerClients } from './former-clients.ts';
import { Mirror, type Source } from './mirror.ts';
import type { SnapshotEntry } from './snapshot-file.ts';

/** A namespace as the agent keeps it. */
export type KnownNamespace = NamespaceView & { metadata: Pick<Metadata, 'resourceVersion'> };

export interface Sources {
  pods: Source<ClientPod>;
  namespaces: Source<KnownNamespace>;
  egressRuleSets: Source<EgressRuleSet>;
  clusterEgressRuleSets: Source<ClusterEgressRuleSet>;
  egressProxies: Source<EgressProxy>;
}

export interface KnowledgeOptions {
  /** The EgressProxy that this agent decides for. */
  proxy: { namespace: string; name: string };
  productNamespace: string;
  /** The parents that the Squid beside this agent knows. */
  upstreams?: readonly UpstreamEndpoint[] | undefined;
  /** A pod has been seen with an address that it did not have before. */
  onAddress: (address: string) => void;
  /** Something else has changed that can turn an unknown client into a known one. */
  onNews: () => void;
  onChange: () => void;
  /** The version is another one. Comes first of all. */
  onVersion?: (version: number) => void;
}

/**
 * Everything that decisions rest on, in memory and up to date to the last event: each change is taken over by itself.
 */
export class Knowledge {
  readonly book = new RuleSetIndex();
  readonly #options: KnowledgeOptions;
  readonly #index = new PodIndex();
  readonly #served = new Map<string, ServedNamespace>();
  readonly #ownPods = new Map<string, ClientPod>();
  readonly #former: FormerClients;
  #catalog: ProxyCatalog | undefined;
  #settings: DecisionSettings | undefined;
  /** No two agents begin with the same: what one has said of its own is nothing to another. */
  #version = randomInt(1, 2 ** 47);
  #parentAddresses: ReadonlyMap<string, readonly string[]> = new Map();

  readonly #pods = new Mirror<ClientPod>((key, pod) => this.#takePod(key, pod));
  readonly #namespaces = new Mirror<KnownNamespace>((name) => {
    this.#served.delete(name);
    this.#seeServed(name);
    this.#news();
  });
  readonly #ruleSets = new Mirror<EgressRuleSet>((key, ruleSet) => {
    const [namespace = '', name = ''] = key.split('/');
    if (ruleSet === undefined) this.book.deleteRuleSet(namespace, name);
    else this.book.setRuleSet(ruleSet);
    this.#changed();
  });
  readonly #clusterRuleSets = new Mirror<ClusterEgressRuleSet>((name, ruleSet) => {
    if (ruleSet === undefined) this.book.deleteClusterRuleSet(name);
    else this.book.setClusterRuleSet(ruleSet);
    this.#news();
  });
  readonly #proxies = new Mirror<EgressProxy>(() => {
    this.#catalog = undefined;
    this.#settings = undefined;
    this.#served.clear();
    for (const { metadata } of this.#namespaces.list()) this.#seeServed(metadata.name);
    this.#news();
  });
  readonly #mirrors = {
    egressProxies: this.#proxies,
    namespaces: this.#namespaces,
    clusterEgressRuleSets: this.#clusterRuleSets,
    egressRuleSets: this.#ruleSets,
    pods: this.#pods,
  };

  constructor(options: KnowledgeOptions) {
    this.#options = options;
    this.#former = new FormerClients(`${options.proxy.namespace}.${options.proxy.name}`);
  }

  /** Begins with what a snapshot held; only before `follow`. */
  seed(entries: Iterable<SnapshotEntry>): void {
    for (const { kind, object } of entries) this.#mirrors[kind as keyof Sources]?.seed(object);
  }

  /** Resolves when every source has given its first whole list. */
  async follow(sources: Sources, signal: AbortSignal): Promise<void> {
    const { egressProxies, namespaces, clusterEgressRuleSets, egressRuleSets, pods } = sources;
    await Promise.all([
      this.#proxies.follow(egressProxies, signal),
      this.#namespaces.follow(namespaces, signal),
      this.#clusterRuleSets.follow(clusterEgressRuleSets, signal),
      this.#ruleSets.follow(egressRuleSets, signal),
      this.#pods.follow(pods, signal).then(() => this.#index.beginOrder()),
    ]);
  }

  /** What a snapshot has to hold. */
  *entries(): Iterable<SnapshotEntry> {
    for (const [kind, mirror] of Object.entries(this.#mirrors)) {
      for (const object of mirror.list() as Iterable<Named>) yield { kind, object };
    }
  }

  /** Another one after each change: between two equal ones all that is asked here is the same. */
  get version(): number {
    return this.#version;
  }

  /** The EgressProxy that this agent decides for. */
  get proxy(): EgressProxy | undefined {
    const { namespace, name } = this.#options.proxy;
    return this.#proxies.get(`${namespace}/${name}`);
  }

  /** Undefined while the EgressProxy is not known. */
  get settings(): DecisionSettings | undefined {
    const { proxy } = this;
    if (proxy !== undefined) {
      this.#settings ??= buildSettings(this.#asSquidKnowsIt(proxy), this.#ownAddresses(proxy), [
        ...(proxy.spec.upstreams ?? []),
        ...this.#parentEndpoints(),
      ]);
    }
    return this.#settings;
  }

  /** Where the hosts of the parents lead from now on. */
  parentsMoved(known: ReadonlyMap<string, readonly string[]>): void {
    this.#parentAddresses = known;
    this.#settings = undefined;
    this.outdate();
  }

  /** What was decided so far is decided anew. */
  outdate(): void {
    this.#version += 1;
    this.#options.onVersion?.(this.#version);
  }

  podAt(address: string): ClientPod | undefined {
    return this.#index.find(address);
  }

  namespace(name: string): KnownNamespace | undefined {
    return this.#namespaces.get(name);
  }

  served(namespace: KnownNamespace): ServedNamespace {
    const { name } = namespace.metadata;
    const known = this.#served.get(name);
    if (known !== undefined) return known;
    this.#catalog ??= catalogProxies(this.#proxies.list());
    const { productNamespace } = this.#options;
    const served = resolveMode(namespace, this.#catalog, { productNamespace });
    this.#served.set(name, served);
    return served;
  }

  /** Whether a pod was a client of this proxy when its namespace moved to another one. */
  isFormerClient({ metadata }: ClientPod): boolean {
    return this.#former.has(metadata.namespace, metadata.uid);
  }

  /** By uid: what the book holds now, and the EgressProxy whose settings hold now. */
  generations(): Record<string, number> {
    const { proxy } = this;
    const objects = [
      ...this.#ruleSets.list(),
      ...this.#clusterRuleSets.list(),
      ...(proxy === undefined ? [] : [proxy]),
    ];
    return Object.fromEntries(objects.map(({ metadata }) => [metadata.uid ?? '', metadata.generation ?? 0]));
  }

  counts(): { kind: string; count: number }[] {
    return [
      { kind: 'EgressRuleSet', count: this.#ruleSets.size },
      { kind: 'ClusterEgressRuleSet', count: this.#clusterRuleSets.size },
    ];
  }

  /**
   * A Squid that was started before an upstream was added goes on as before until it is replaced, which is when the
   * EgressProxy is Programmed. An upstream that no squid.conf can hold owns what it owns all the same.
   */
  #asSquidKnowsIt(proxy: EgressProxy): EgressProxy {
    const known = new Set((this.#options.upstreams ?? []).map(({ name }) => name));
    const upstreams = (proxy.spec.upstreams ?? []).filter(
      (upstream) => known.has(upstream.name) || !isPlainUpstream(upstream),
    );
    return { ...proxy, spec: { ...proxy.spec, upstreams } };
  }

  #parentEndpoints(): ParentEndpoint[] {
    return (this.#options.upstreams ?? []).flatMap(({ host, port }) =>
      (this.#parentAddresses.get(host.toLowerCase()) ?? []).map((address) => ({ host: address, port })),
    );
  }

  #seeServed(name: string): void {
    const namespace = this.#namespaces.get(name);
    const served = namespace && this.served(namespace);
    this.#former.see(name, served, served && servingProxy(served), () => this.#podsOf(name));
  }

  *#podsOf(namespace: string): Iterable<string> {
    for (const { metadata } of this.#pods.list()) if (metadata.namespace === namespace) yield metadata.uid;
  }

  #takePod(key: string, pod: ClientPod | undefined): void {
    this.outdate();
    const wasOwn = this.#ownPods.delete(key);
    if (pod === undefined) this.#index.delete(key);
    else {
      const isOwn = this.#isOwnPod(pod);
      if (isOwn) this.#ownPods.set(key, pod);
      if (isOwn || wasOwn) this.#settings = undefined;
      for (const address of this.#index.set(pod)) this.#options.onAddress(address);
    }
    this.#changed();
  }

  #isOwnPod({ metadata }: ClientPod): boolean {
    const { namespace, name } = this.#options.proxy;
    return metadata.namespace === namespace && metadata.labels[label.ownerProxy] === `${namespace}.${name}`;
  }

  #ownAddresses({ spec }: EgressProxy): string[] {
    const service = spec.service?.clusterIP;
    const pods = [...this.#ownPods.values()].flatMap(({ addresses }) => addresses);
    return service === undefined ? pods : [...pods, service];
  }

  #news(): void {
    this.#changed();
    this.#options.onNews();
  }

  /** Before anybody is told: who looks then finds the new state under the new version. */
  #changed(): void {
    this.outdate();
    this.#options.onChange();
  }
}
