import type { Discovered } from '../api/index.ts';
import { type AnnotationEntries, describeRest, readAnnotation } from './no-proxy-annotation.ts';
import { faultOfEntry, type LeftOutReason, type NoProxySource, normaliseEntry } from './no-proxy-entry.ts';
import { DEFAULT_CLUSTER_DOMAIN } from './proxy-address.ts';

export interface NoProxyInput {
  discovered: Discovered | undefined;
  /** The EgressProxy's `noProxy`. */
  proxyExtras: readonly string[];
  /** Annotations of the namespace and of the pod, entries separated by commas; `readAnnotation` limits them. */
  annotations: readonly (string | undefined)[];
  /** Result of `peersOf` the pod. */
  peers: Iterable<string>;
  /** Services of the namespace, which its pods reach by their bare names. */
  serviceNames: Iterable<string>;
  /** The headless ones of `serviceNames`: the pods of a StatefulSet have names below such a name. */
  headlessNames: Iterable<string>;
  /** Namespaces that have Services, which pods reach as `service.namespace`: the pods' own, the others `shortestFirst`. */
  namespaceNames: Iterable<string>;
  /** Result of `neededSuffixes`: a Service or namespace with such a name is left out. */
  needed: ReadonlySet<string>;
}

export interface LeftOut {
  entry: string;
  reason: LeftOutReason;
}

export interface NoProxy {
  value: string;
  /** In the order of precedence, for the status. Namespaces beyond NAMESPACES_CAP are not listed. */
  leftOut: readonly LeftOut[];
  /** Entries of `value` that are names of namespaces. */
  namespaceEntries: ReadonlySet<string>;
  /** Services that `value` lacks because most clients match suffixes. Java, which matches whole names, gets them. */
  exactNames: readonly string[];
}

/** What the variables of a pod are built from. */
export type InjectedNoProxy = Pick<NoProxy, 'value' | 'namespaceEntries' | 'exactNames'>;

/** Bytes. A container whose environment exceeds ARG_MAX does not start. */
export const NO_PROXY_CAP = 16 * 1024;

/**
 * Bytes for the names of namespaces. Each container of each stored pod has them twice, in both spellings: without this
 * cap, 150,000 pods in a cluster with 10,000 namespaces would add some 5 GB to etcd.
 */
export const NAMESPACES_CAP = 4 * 1024;

const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * NO_PROXY for the pods of one namespace. Where the cap is reached, names of namespaces are left out first, then those
 * below headless Services, then names of Services, and the cluster's entries last. Sorted, so that the value changes only
 * with its content.
 */
export function computeNoProxy(input: NoProxyInput): NoProxy {
  const list = new EntryList(input.needed);
  const annotations = input.annotations.map(readAnnotation);
  for (const [source, raw] of candidates(input, annotations)) list.add(source, raw);
  for (const name of [...input.headlessNames].sort()) list.addBelow(name);
  for (const read of annotations) if (read.isCut) list.leaveOut(describeRest(read), 'TooLong');
  const namespaceEntries = list.addNamespaces(input.namespaceNames);
  return { value: list.value, leftOut: list.leftOut, namespaceEntries, exactNames: list.exactNames };
}

/** NO_PROXY without the entries of a namespace, as the status of an EgressProxy shows it. */
export function computeClusterNoProxy(
  discovered: Discovered | undefined,
  proxyExtras: readonly string[],
): NoProxy {
  const noNames = {
    annotations: [],
    peers: [],
    serviceNames: [],
    headlessNames: [],
    namespaceNames: [],
    needed: new Set<string>(),
  };
  return computeNoProxy({ discovered, proxyExtras, ...noNames });
}

/** Sorts so that NAMESPACES_CAP holds most names, and a long name of a short-lived namespace displaces no other. */
export function shortestFirst(namespaces: readonly string[]): string[] {
  return namespaces.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

class EntryList {
  readonly leftOut: LeftOut[] = [];
  readonly exactNames: string[] = [];
  readonly #needed: ReadonlySet<string>;
  readonly #kept = new Set<string>();
  #bytes = 0;

  constructor(needed: ReadonlySet<string>) {
    this.#needed = needed;
  }

  get value(): string {
    return [...this.#kept].sort().join(',');
  }

  add(source: NoProxySource, raw: string): void {
    const entry = normaliseEntry(raw);
    if (entry === '' || this.#kept.has(entry)) return;
    const fits = this.#bytes + costOf(entry) <= NO_PROXY_CAP;
    const reason = faultOfEntry(entry, source, this.#needed) ?? (fits ? undefined : 'TooLong');
    if (reason === undefined) this.#keep(entry);
    else {
      this.leaveOut(entry, reason);
      if (reason === 'NeededByRule' && !entry.startsWith('.')) this.exactNames.push(entry);
    }
  }

  /**
   * Adds the names below a headless Service, such as `web-0.web`: Node.js, .NET, ureq and aria2 match the entry `web` only
   * with `web` itself. A Service whose name is left out has none of them either.
   */
  addBelow(service: string): void {
    if (this.#kept.has(service)) this.add('service', `.${service}`);
  }

  leaveOut(entry: string, reason: LeftOutReason): void {
    this.leftOut.push({ entry, reason });
  }

  /** The entries that were added. The first that does not fit ends the list, since the rest is as long or longer. */
  addNamespaces(names: Iterable<string>): Set<string> {
    const added = new Set<string>();
    const end = Math.min(NO_PROXY_CAP, this.#bytes + NAMESPACES_CAP);
    for (const name of names) {
      const entry = `.${name}`;
      if (this.#bytes + costOf(entry) > end) break;
      if (this.#kept.has(entry)) continue;
      const reason = faultOfEntry(entry, 'namespaceName', this.#needed);
      if (reason === undefined) {
        this.#keep(entry);
        added.add(entry);
      } else this.leaveOut(entry, reason);
    }
    return added;
  }

  #keep(entry: string): void {
    this.#kept.add(entry);
    this.#bytes += costOf(entry);
  }
}

function costOf(entry: string): number {
  return entry.length + ','.length;
}

/** The most needed first: later entries are left out when the cap is reached. */
function* candidates(
  input: NoProxyInput,
  annotations: readonly AnnotationEntries[],
): Generator<[NoProxySource, string]> {
  for (const entry of clusterEntries(input.discovered ?? {})) yield ['cluster', entry];
  for (const entry of input.proxyExtras) yield ['proxy', entry];
  for (const { entries } of annotations) {
    for (const entry of entries) yield ['annotation', entry];
  }
  for (const name of input.peers) yield ['service', name];
  for (const name of [...input.serviceNames].sort()) yield ['service', name];
}

function clusterEntries(discovered: Discovered): string[] {
  const domains = new Set([DEFAULT_CLUSTER_DOMAIN, discovered.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN]);
  return [
    '.svc',
    ...[...domains].flatMap((domain) => [`.${domain}`, `.svc.${domain}`]),
    ...LOCAL,
    ...(discovered.apiServerClusterIPs ?? []),
    ...(discovered.apiServer ?? []).map(({ address }) => address),
    ...(discovered.serviceCIDRs ?? []),
    ...(discovered.podCIDRs ?? []),
  ];
}
