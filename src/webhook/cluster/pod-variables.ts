import { isDeepStrictEqual } from 'node:util';
import { annotation, type ClusterEgressRuleSet, type EgressProxy } from '../../api/index.ts';
import { remember, SharedMap } from '../../bounded/index.ts';
import {
  BY_NAMESPACE,
  type CachedNamespace,
  type CachedTargetGroup,
  type Source,
  suffixesOfGroup,
} from '../../cluster/index.ts';
import {
  buildProxyVariables,
  computeNoProxy,
  neededSuffixes,
  type PodView,
  type ProxyVariables,
  peersOf,
  readAnnotation,
  shortestFirst,
} from '../../injection/index.ts';
import { type Change, keyOf } from '../../kube/index.ts';
import type { CachedRuleSet } from './cached-rule-set.ts';
import type { CachedService } from './cached-service.ts';

export interface ClusterSources {
  namespaces: Source<CachedNamespace>;
  proxies: Source<EgressProxy>;
  services: Source<CachedService>;
  ruleSets: Source<CachedRuleSet>;
  clusterRuleSets: Source<ClusterEgressRuleSet>;
  targetGroups: Source<CachedTargetGroup>;
}

/** What a pod adds to the NO_PROXY of its namespace. */
interface OwnEntries {
  peers: readonly string[];
  /** What is read of the annotation no-proxy: the key of a variant must not have all that a tenant may write. */
  annotation: string | undefined;
}
const nothingOwn: OwnEntries = { peers: [], annotation: undefined };

interface Built {
  variables: ProxyVariables;
  noProxy: string;
}

/** The variables of pods with entries of their own. Valid as long as `common` is what their namespace has. */
interface Variant {
  common: Built;
  variables: ProxyVariables;
}

/** Each takes up to 45 kB: those of 10,000 namespaces would take 450 MB. */
const MOST_NAMESPACES = 2000;
/** The pods of a workload share one, and need none when the Services that they name exist. */
const MOST_VARIANTS = 500;

/** The variables of pods, built on first use and cached until something changes from which they are built. */
export class PodVariables {
  readonly #sources: ClusterSources;
  readonly #isProxy: (key: string) => boolean;
  readonly #byNamespace = new Map<string, Built>();
  readonly #variants = new SharedMap<Variant>(MOST_VARIANTS);
  /** Number of Services, by namespace. */
  readonly #services = new Map<string, number>();
  /** Namespaces that have Services; undefined until it is needed again. */
  #reachable: readonly string[] | undefined;

  /** `isProxy`: whether there is an EgressProxy `namespace/name`, whose Service has the same name. */
  constructor(sources: ClusterSources, isProxy: (key: string) => boolean) {
    this.#sources = sources;
    this.#isProxy = isProxy;
    sources.namespaces.subscribe((change) => this.#namespaceChanged(change));
    sources.services.subscribe((change) => this.#serviceChanged(change));
    sources.proxies.subscribe(() => this.#byNamespace.clear());
    sources.ruleSets.subscribe((change) => this.#ruleSetChanged(change));
    sources.clusterRuleSets.subscribe(() => this.#byNamespace.clear());
    sources.targetGroups.subscribe((change) => {
      if (!hasSameSuffixes(change)) this.#byNamespace.clear();
    });
  }

  /** The variables for a pod of a served namespace: nearly always the same for all pods there. */
  find(namespace: CachedNamespace, proxy: EgressProxy, pod: PodView): ProxyVariables {
    const { name } = namespace.metadata;
    const common = this.#byNamespace.get(name) ?? this.#build(namespace, proxy, nothingOwn);
    remember(this.#byNamespace, name, common, MOST_NAMESPACES);
    const own = this.#ownEntries(pod, common.noProxy);
    if (own.peers.length === 0 && own.annotation === undefined) return common.variables;
    const key = JSON.stringify([name, own]);
    const before = this.#variants.get(key);
    if (before?.common === common) return before.variables;
    const { variables } = this.#build(namespace, proxy, own);
    this.#variants.set(key, name, { common, variables });
    return variables;
  }

  #ownEntries(pod: PodView, noProxy: string): OwnEntries {
    const has = (entry: string) => `,${noProxy},`.includes(`,${entry},`);
    const peers = peersOf(pod, (name) => this.#sources.namespaces.store.get(name) !== undefined);
    const text = pod.metadata?.annotations?.[annotation.noProxy];
    return {
      peers: peers.filter((peer) => !has(peer) && !has(suffixOf(peer))),
      annotation: text && readAnnotation(text).entries.join(','),
    };
  }

  #build(namespace: CachedNamespace, proxy: EgressProxy, own: OwnEntries): Built {
    const { name, annotations, labels } = namespace.metadata;
    const { store } = this.#sources.services;
    const services = store.byIndex(BY_NAMESPACE, name);
    const noProxy = computeNoProxy({
      discovered: proxy.status?.discovered,
      proxyExtras: proxy.spec.noProxy ?? [],
      annotations: [annotations[annotation.noProxy], own.annotation],
      peers: own.peers,
      serviceNames: services.map(({ metadata }) => metadata.name),
      headlessNames: services.filter(({ isHeadless }) => isHeadless).map(({ metadata }) => metadata.name),
      namespaceNames: this.#namespacesFor(name, proxy),
      needed: neededSuffixes({
        ruleSets: this.#ruleSetsFor(name, proxy),
        clusterRuleSets: this.#sources.clusterRuleSets.store.list(),
        suffixesOfGroup: suffixesOfGroup(this.#sources.targetGroups.store),
        namespaceLabels: labels,
        proxy,
      }),
    });
    const address = store.get(keyOf(proxy))?.clusterIP;
    return { variables: buildProxyVariables(proxy, noProxy, address, namespace), noProxy: noProxy.value };
  }

  /** The rule sets that grant to the namespace. */
  #ruleSetsFor(namespace: string, { spec }: EgressProxy): CachedRuleSet[] {
    const { store } = this.#sources.ruleSets;
    return spec.ruleSetScope === 'Cluster' ? store.list() : store.byIndex(BY_NAMESPACE, namespace);
  }

  /** The own namespace is first, so that neither NAMESPACES_CAP nor `Omit` takes it from its pods. */
  #namespacesFor(own: string, { spec }: EgressProxy): readonly string[] {
    const others = spec.noProxyNamespaces === 'Omit' ? [] : this.#namespacesWithServices();
    return this.#services.has(own) ? [own, ...others] : others;
  }

  #namespacesWithServices(): readonly string[] {
    this.#reachable ??= shortestFirst(
      this.#sources.namespaces.store
        .list()
        .map(({ metadata }) => metadata.name)
        .filter((name) => this.#services.has(name)),
    );
    return this.#reachable;
  }

  /** A change of a namespace's own fields, such as an annotation by a controller, is the common case. */
  #namespaceChanged({ type, object: { metadata } }: Change<CachedNamespace>): void {
    if (type === 'modified' || !this.#services.has(metadata.name)) this.#byNamespace.delete(metadata.name);
    else this.#reachableChanged();
  }

  /**
   * The Service of a proxy changes the variables of every namespace, and so does the first or last Service of a
   * namespace, whose name they have.
   */
  #serviceChanged({ type, object }: Change<CachedService>): void {
    const { namespace } = object.metadata;
    const before = this.#services.get(namespace) ?? 0;
    const now = before + countOf[type];
    if (now === 0) this.#services.delete(namespace);
    else this.#services.set(namespace, now);
    if ((now === 0) !== (before === 0)) this.#reachableChanged();
    if (this.#isProxy(keyOf(object))) this.#byNamespace.clear();
    else this.#byNamespace.delete(namespace);
  }

  #reachableChanged(): void {
    this.#reachable = undefined;
    this.#byNamespace.clear();
  }

  /** Most changes of targets leave their top-level domains as they were. */
  #ruleSetChanged(change: Change<CachedRuleSet>): void {
    if (hasSameSuffixes(change)) return;
    const proxies = this.#sources.proxies.store.list();
    if (proxies.some(({ spec }) => spec.ruleSetScope === 'Cluster')) this.#byNamespace.clear();
    else this.#byNamespace.delete(change.object.metadata.namespace);
  }
}

function hasSameSuffixes(
  change: Change<{ suffixes: readonly string[]; targetGroups?: readonly string[] }>,
): boolean {
  if (change.type !== 'modified') return false;
  const { object, old } = change;
  return (
    isDeepStrictEqual(object.suffixes, old.suffixes) &&
    isDeepStrictEqual(object.targetGroups, old.targetGroups)
  );
}

/** `.other` for `web.other`. A peer without a dot has none: the entry `.web` does not match `web`. */
function suffixOf(peer: string): string {
  const dot = peer.lastIndexOf('.');
  return dot < 0 ? peer : peer.slice(dot);
}

const countOf = { added: 1, modified: 0, deleted: -1 } as const;
