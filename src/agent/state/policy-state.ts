import {
  type ClusterEgressRuleSet,
  type EgressProxy,
  type EgressRuleSet,
  type EgressTargetGroup,
  label,
} from '../../api/index.ts';
import { type CachedNamespace, ServedNamespaces, type Source } from '../../cluster/index.ts';
import type { UpstreamEndpoint } from '../../config/index.ts';
import { proxyReference, type ServedNamespace, servingProxy } from '../../injection/index.ts';
import type { Named } from '../../kube/index.ts';
import { isPlainUpstream } from '../../proxy/index.ts';
import {
  buildSettings,
  type DecisionSettings,
  type ParentEndpoint,
  quotaOf,
  RuleSetIndex,
} from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { ClientPod } from './client-pod.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import { FormerClients } from './former-clients.ts';
import { areSame, ObjectMirror } from './object-mirror.ts';
import { PodIndex } from './pod-index.ts';
import { RuleSetApplier } from './rule-set-applier.ts';
import type { SnapshotEntry } from './snapshot-file.ts';

export interface Sources {
  pods: Source<ClientPod>;
  namespaces: Source<CachedNamespace>;
  egressRuleSets: Source<EgressRuleSet>;
  clusterEgressRuleSets: Source<ClusterEgressRuleSet>;
  egressTargetGroups: Source<EgressTargetGroup>;
  egressProxies: Source<EgressProxy>;
}

export interface PolicyStateOptions {
  /** The EgressProxy that this agent decides for. */
  proxy: { namespace: string; name: string };
  productNamespace: string;
  /** The upstreams in the squid.conf of this pod's Squid. */
  upstreams?: readonly UpstreamEndpoint[] | undefined;
  /** Ends the validity of all cached answers: AnswerCache.invalidate. */
  invalidate: () => void;
  clock: Clock;
  log: Log;
}

/** A listener to changes. Its methods are called in the order of their declaration. */
export interface PolicyListener {
  /** A pod has an address that it did not have before. */
  onAddress?(address: string): void;
  /** A pod has come, changed or gone. */
  onPod?(): void;
  /** Anything has changed. */
  onChange?(): void;
  /** Anything but a pod, an EgressRuleSet or an EgressTargetGroup has changed: an unknown client may be known now. */
  onClients?(): void;
}

/** What a change has to notify of, beside the change itself. */
interface Effects {
  /** The addresses that a pod did not have before; undefined unless the change is one of a pod. */
  addresses?: readonly string[];
  clients?: boolean;
}

/**
 * The policy state: all objects that decisions depend on, in memory. Each event of the API server is one change, made
 * without a pause in between: the mirror stores the object, cached answers are invalidated, what is derived is updated,
 * listeners are notified. So a listener that decides again uses the new state, and its answer has the new revision. That a
 * rule set expires is a change, too.
 */
export class PolicyState {
  readonly ruleSets = new RuleSetIndex();
  readonly #options: PolicyStateOptions;
  readonly #listeners: PolicyListener[] = [];

  readonly #proxies = new ObjectMirror<EgressProxy>(() =>
    this.#change(() => {
      this.#served.invalidateProxies();
      this.#settings = undefined;
      // Before its sets are applied.
      if (this.proxy?.spec.ruleSetScope === 'Cluster') this.ruleSets.beginCluster();
      const podsOf = this.#podsByNamespace();
      for (const { metadata } of this.#namespaces.list()) this.#updateFormerClients(metadata.name, podsOf);
      this.#applier.allChanged();
      return { clients: true };
    }),
  );
  readonly #namespaces = new ObjectMirror<CachedNamespace>((name, namespace, old) => {
    if (areSame(old, namespace)) return;
    this.#change(() => {
      this.#updateFormerClients(name);
      this.#applier.namespaceChanged(name);
      return { clients: true };
    });
  });
  readonly #clusterRuleSets = new ObjectMirror<ClusterEgressRuleSet>((name, ruleSet) => {
    if (ruleSet !== undefined && this.ruleSets.has(ruleSet)) return;
    this.#change(() => {
      if (ruleSet === undefined) this.ruleSets.deleteClusterRuleSet(name);
      else this.ruleSets.setClusterRuleSet(ruleSet);
      return { clients: true };
    });
  });
  readonly #targetGroups = new ObjectMirror<EgressTargetGroup>((name, group) => {
    if (group !== undefined && this.ruleSets.hasGroup(group)) return;
    this.#change(() => {
      if (group === undefined) this.ruleSets.deleteGroup(name);
      else this.ruleSets.setGroup(group);
      return {};
    });
  });
  readonly #egressRuleSets = new ObjectMirror<EgressRuleSet>((key, ruleSet) => {
    const [namespace = '', name = ''] = key.split('/');
    if (ruleSet === undefined) this.#applier.delete(namespace, name);
    else this.#applier.set(ruleSet);
  });
  readonly #pods = new ObjectMirror<ClientPod>((key, pod, old) => {
    const index = () => this.#indexPod(key, pod, old);
    // A tenant may write its pods' annotations without end. The index lets go of the old object.
    if (areSame(old, pod)) index();
    else this.#change(() => ({ addresses: index() }));
  });
  /** In the order in which a snapshot lists the kinds. */
  readonly #mirrors = {
    egressProxies: this.#proxies,
    namespaces: this.#namespaces,
    egressTargetGroups: this.#targetGroups,
    clusterEgressRuleSets: this.#clusterRuleSets,
    egressRuleSets: this.#egressRuleSets,
    pods: this.#pods,
  };

  // Derived from the mirrors.
  readonly #podIndex = new PodIndex();
  readonly #served: ServedNamespaces<CachedNamespace>;
  readonly #formerClients: FormerClients;
  readonly #applier: RuleSetApplier;
  readonly #expiryTimer: ExpiryTimer;
  /** The pods of this proxy. */
  readonly #ownPods = new Map<string, ClientPod>();
  #parentAddresses: ReadonlyMap<string, readonly string[]> = new Map();
  #settings: DecisionSettings | undefined;

  constructor(options: PolicyStateOptions) {
    const { proxy, productNamespace } = options;
    this.#options = options;
    this.#formerClients = new FormerClients(`${proxy.namespace}.${proxy.name}`);
    this.#served = new ServedNamespaces({
      proxies: () => this.#proxies.list(),
      namespaces: () => this.#namespaces.list(),
      productNamespace,
    });
    this.#applier = new RuleSetApplier({
      index: this.ruleSets,
      isUsed: (namespace) => this.#usesRuleSetsOf(namespace),
      quota: () => quotaOf(this.proxy?.spec ?? {}),
      change: (update) =>
        this.#change(() => {
          update();
          return {};
        }),
      log: options.log,
    });
    this.#expiryTimer = new ExpiryTimer({
      next: () => this.ruleSets.nextExpiry,
      onDue: () => this.#passTime(),
      clock: options.clock,
    });
  }

  /** Listeners are notified in the order in which they subscribed. */
  subscribe(listener: PolicyListener): void {
    this.#listeners.push(listener);
  }

  /** Starts with the objects of a snapshot; only before `follow`. */
  seed(entries: Iterable<SnapshotEntry>): void {
    for (const { kind, object } of entries) this.#mirrors[kind as keyof Sources]?.seed(object);
  }

  /**
   * Resolves when the first list of every source is complete, deleted objects have been dropped, and decisions use the
   * rest.
   */
  async follow(sources: Sources, signal: AbortSignal): Promise<void> {
    this.#expiryTimer.run(signal);
    const { egressProxies, namespaces, egressTargetGroups, clusterEgressRuleSets, egressRuleSets, pods } =
      sources;
    await Promise.all([
      this.#proxies.follow(egressProxies, signal),
      this.#namespaces.follow(namespaces, signal),
      this.#targetGroups.follow(egressTargetGroups, signal),
      this.#clusterRuleSets.follow(clusterEgressRuleSets, signal),
      this.#egressRuleSets.follow(egressRuleSets, signal),
      this.#pods.follow(pods, signal).then(() => this.#podIndex.beginOrder()),
    ]);
    await this.settled();
    this.#applier.beginPauses();
  }

  /** Resolves when decisions use every object that is known by now. */
  settled(): Promise<void> {
    return this.#applier.settled();
  }

  /** The content of a snapshot. */
  *entries(): Iterable<SnapshotEntry> {
    for (const [kind, mirror] of Object.entries(this.#mirrors)) {
      for (const object of mirror.list() as Iterable<Named>) yield { kind, object };
    }
  }

  /** The EgressProxy that this agent decides for. */
  get proxy(): EgressProxy | undefined {
    const { namespace, name } = this.#options.proxy;
    return this.#proxies.get(`${namespace}/${name}`);
  }

  /** Undefined while the EgressProxy is unknown. */
  get settings(): DecisionSettings | undefined {
    const { proxy } = this;
    if (proxy !== undefined) {
      this.#settings ??= buildSettings(this.#asSquidHasIt(proxy), this.#ownAddresses(proxy), [
        ...(proxy.spec.upstreams ?? []),
        ...this.#parentEndpoints(),
      ]);
    }
    return this.#settings;
  }

  /** Takes over the addresses of each parent's host. */
  setParentAddresses(byHost: ReadonlyMap<string, readonly string[]>): void {
    this.#options.invalidate();
    this.#parentAddresses = byHost;
    this.#settings = undefined;
  }

  pods(): Iterable<ClientPod> {
    return this.#pods.list();
  }

  podAt(address: string): ClientPod | undefined {
    return this.#podIndex.find(address);
  }

  /** Whether pods have, or lately had, their addresses in the network of this one. */
  isPodNetwork(address: string): boolean {
    return this.#podIndex.isPodNetwork(address);
  }

  *namespaceNames(): Iterable<string> {
    for (const { metadata } of this.#namespaces.list()) yield metadata.name;
  }

  namespace(name: string): CachedNamespace | undefined {
    return this.#namespaces.get(name);
  }

  served(namespace: CachedNamespace): ServedNamespace {
    return this.#served.served(namespace);
  }

  /** The rule sets of a namespace that decisions use. */
  ruleSetsOf(namespace: string): Iterable<EgressRuleSet> {
    return this.#applier.appliedIn(namespace);
  }

  /** Whether a pod was a client of this proxy when its namespace moved to another proxy. */
  isFormerClient({ metadata }: ClientPod): boolean {
    return this.#formerClients.has(metadata.namespace, metadata.uid);
  }

  /** The generations of the rule sets, the target groups and the EgressProxy that decisions use, by UID. */
  generations(): Record<string, number> {
    const { proxy } = this;
    const objects = [
      ...this.#applier.applied(),
      ...this.#clusterRuleSets.list(),
      ...this.#targetGroups.list(),
      ...(proxy === undefined ? [] : [proxy]),
    ];
    return Object.fromEntries(objects.map(({ metadata }) => [metadata.uid ?? '', metadata.generation ?? 0]));
  }

  counts(): { kind: string; count: number }[] {
    return [
      { kind: 'EgressRuleSet', count: [...this.#applier.applied()].length },
      { kind: 'ClusterEgressRuleSet', count: this.#clusterRuleSets.size },
      { kind: 'EgressTargetGroup', count: this.#targetGroups.size },
    ];
  }

  /** Number of rule sets that grant nothing because their namespace is over its quota. */
  get ruleSetsBeyondQuota(): number {
    return this.#applier.beyondQuota;
  }

  /** Number of namespaces whose changed rule sets wait, since they change more targets than an agent compiles for one of them. */
  get delayedNamespaces(): number {
    return this.#applier.delayedNamespaces;
  }

  #usesRuleSetsOf(name: string): boolean {
    const { proxy } = this;
    if (proxy?.spec.ruleSetScope === 'Cluster') return true;
    const namespace = this.#namespaces.get(name);
    if (proxy === undefined || namespace === undefined) return false;
    return servingProxy(this.served(namespace)) === proxyReference(proxy) || this.#formerClients.hasAny(name);
  }

  /** A cluster rule set with clientCIDRs that begins or ceases to have an effect changes who is a client. */
  #passTime(): void {
    if (this.ruleSets.changesAt(this.#options.clock.now())) this.#change(() => ({ clients: true }));
  }

  #change(update: () => Effects): void {
    this.#options.invalidate();
    this.ruleSets.setTime(this.#options.clock.now());
    this.#notify(update());
    this.#expiryTimer.schedule();
  }

  #notify({ addresses, clients }: Effects): void {
    const each = (call: (listener: PolicyListener) => void) => {
      for (const listener of this.#listeners) call(listener);
    };
    for (const address of addresses ?? []) each((listener) => listener.onAddress?.(address));
    if (addresses !== undefined) each((listener) => listener.onPod?.());
    each((listener) => listener.onChange?.());
    if (clients) each((listener) => listener.onClients?.());
  }

  /** Returns the addresses that the pod did not have before. */
  #indexPod(key: string, pod: ClientPod | undefined, old: ClientPod | undefined): readonly string[] {
    const wasOwn = this.#ownPods.delete(key);
    const isOwn = pod !== undefined && this.#isOwnPod(pod);
    if (isOwn) this.#ownPods.set(key, pod);
    if (isOwn || wasOwn) this.#settings = undefined;
    if (pod !== undefined) return this.#podIndex.set(pod, old);
    if (old !== undefined) this.#podIndex.delete(old);
    return [];
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

  /**
   * The EgressProxy without upstreams that this pod's squid.conf does not have yet: Squid gets them when its pod is
   * replaced. An upstream that no squid.conf can express stays, so that it owns its targets.
   */
  #asSquidHasIt(proxy: EgressProxy): EgressProxy {
    const configured = new Set((this.#options.upstreams ?? []).map(({ name }) => name));
    const upstreams = (proxy.spec.upstreams ?? []).filter(
      (upstream) => configured.has(upstream.name) || !isPlainUpstream(upstream),
    );
    return { ...proxy, spec: { ...proxy.spec, upstreams } };
  }

  #parentEndpoints(): ParentEndpoint[] {
    return (this.#options.upstreams ?? []).flatMap(({ host, port }) =>
      (this.#parentAddresses.get(host.toLowerCase()) ?? []).map((address) => ({ host: address, port })),
    );
  }

  #updateFormerClients(
    name: string,
    podsOf = (namespace: string): Iterable<string> => this.#podsOf(namespace),
  ): void {
    const namespace = this.#namespaces.get(name);
    const served = namespace && this.served(namespace);
    this.#formerClients.update(name, served, served && servingProxy(served), () => podsOf(name));
  }

  /** As `#podsOf`, for many namespaces in one turn: all pods are looked at one time, and only if one of them asks. */
  #podsByNamespace(): (namespace: string) => Iterable<string> {
    let byNamespace: Map<string, ClientPod[]> | undefined;
    return (namespace) => {
      byNamespace ??= Map.groupBy(this.#pods.list(), ({ metadata }) => metadata.namespace);
      return (byNamespace.get(namespace) ?? []).map(({ metadata }) => metadata.uid);
    };
  }

  /** UIDs of the pods of a namespace. */
  *#podsOf(namespace: string): Iterable<string> {
    for (const { metadata } of this.#pods.list()) if (metadata.namespace === namespace) yield metadata.uid;
  }
}
