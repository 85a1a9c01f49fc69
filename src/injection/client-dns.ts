import { annotation, type EgressProxy, type EgressProxySpec, type EgressRuleSet } from '../api/index.ts';
import type { DnsConfig, PodSpec } from './pod.ts';
import { DEFAULT_CLUSTER_DOMAIN } from './proxy-address.ts';

/**
 * Which names the pods of a namespace resolve. `Report`: all, and the names outside of the cluster are reported.
 * `ClusterOnly`: those of the cluster, and what the operator allows.
 */
export type DnsMode = 'Cluster' | 'Report' | 'ClusterOnly';

const byAnnotation: Readonly<Record<string, DnsMode>> = { report: 'Report', 'cluster-only': 'ClusterOnly' };
const strictness = { Cluster: 0, Report: 1, ClusterOnly: 2 } as const;

interface AnnotatedNamespace {
  metadata: { annotations?: Record<string, string> };
}

/** What the EgressProxy or the namespace's annotation says, whichever is stricter. */
export function dnsMode({ spec }: EgressProxy, { metadata }: AnnotatedNamespace): DnsMode {
  const byProxy = spec.dns ?? 'Cluster';
  const byNamespace = byAnnotation[metadata.annotations?.[annotation.dns] ?? ''] ?? 'Cluster';
  return strictness[byNamespace] > strictness[byProxy] ? byNamespace : byProxy;
}

/** Names of direct targets that one namespace gets: agents send the list once a second for each pod that asks. */
const MOST_DIRECT = 1000;

/** The names outside of the cluster that pods resolve with `ClusterOnly`. `ruleSets`: those of their namespace. */
export function resolvedNames(
  spec: Pick<EgressProxySpec, 'dnsAllow' | 'directTargets'>,
  ruleSets: Iterable<EgressRuleSet>,
): string[] {
  return [...(spec.dnsAllow ?? []).map((name) => name.toLowerCase()), ...directHosts(spec, ruleSets)];
}

/** The names that clients connect to without the proxy. */
function directHosts(
  { directTargets }: Pick<EgressProxySpec, 'directTargets'>,
  ruleSets: Iterable<EgressRuleSet>,
): string[] {
  if (directTargets?.policy !== 'Allow') return [];
  const hosts = new Set<string>();
  for (const { spec } of ruleSets) {
    for (const { host } of spec.directTargets ?? []) if (host !== undefined) hosts.add(host.toLowerCase());
    if (hosts.size >= MOST_DIRECT) break;
  }
  return [...hosts].slice(0, MOST_DIRECT);
}

/** Whether a list such as that of `resolvedNames` has the name, or `*.` and a domain that it is below. */
export function isResolved(name: string, resolved: readonly string[]): boolean {
  return resolved.some((one) => (one.startsWith('*.') ? name.endsWith(one.slice(1)) : one === name));
}

/** The DNS settings of a namespace's pods. */
export interface ClientDns {
  /** Addresses of the Service of the container client-dns. */
  nameservers: readonly string[];
  /** The search domains that the kubelet gives pods with the policy ClusterFirst. */
  searches: readonly string[];
}

/** Undefined for pods that use the cluster's DNS, and until the Service has an address. */
export function buildClientDns(
  proxy: EgressProxy,
  namespace: AnnotatedNamespace & { metadata: { name: string } },
): ClientDns | undefined {
  const { dnsAddresses = [], discovered } = proxy.status ?? {};
  if (dnsAddresses.length === 0 || dnsMode(proxy, namespace) === 'Cluster') return undefined;
  const domain = discovered?.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN;
  return {
    nameservers: dnsAddresses,
    searches: [`${namespace.metadata.name}.svc.${domain}`, `svc.${domain}`, domain],
  };
}

/** What the API server admits. */
const MOST_SEARCHES = 32;
const LONGEST_SEARCHES = 2048;
/** With fewer dots a name is looked up in the search domains first: the kubelet's value for ClusterFirst. */
const NDOTS = { name: 'ndots', value: '5' };

/**
 * The pod with our nameservers in place of its own. Its search domains and options stay as its dnsPolicy has them. Returns
 * the same spec if nothing changes.
 */
export function addClientDns(spec: PodSpec, dns: ClientDns | undefined): PodSpec {
  if (dns === undefined || usesNameservers(spec, dns)) return spec;
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {} } = spec;
  const own = { searches: dnsConfig.searches ?? [], options: dnsConfig.options ?? [] };
  // On the host network, which the proxy cannot serve, ClusterFirst would be Default.
  const isClusterFirst = dnsPolicy === 'ClusterFirst' || dnsPolicy === 'ClusterFirstWithHostNet';
  const searches = isClusterFirst
    ? withoutRest([...new Set([...dns.searches, ...own.searches])])
    : own.searches;
  const hasNdots = own.options.some(({ name }) => name === NDOTS.name);
  const options = isClusterFirst && !hasNdots ? [NDOTS, ...own.options] : own.options;
  const config: DnsConfig = {
    nameservers: [...dns.nameservers],
    ...(searches.length > 0 && { searches }),
    ...(options.length > 0 && { options }),
  };
  return { ...spec, dnsPolicy: 'None', dnsConfig: config };
}

/** Whether the pod asks these nameservers and no other. */
export function usesNameservers({ dnsPolicy, dnsConfig }: PodSpec, { nameservers }: ClientDns): boolean {
  const own = dnsConfig?.nameservers ?? [];
  return (
    dnsPolicy === 'None' &&
    own.length === nameservers.length &&
    own.every((address) => nameservers.includes(address))
  );
}

function withoutRest(searches: readonly string[]): string[] {
  const kept: string[] = [];
  let length = 0;
  for (const search of searches.slice(0, MOST_SEARCHES)) {
    length += search.length + 1;
    if (length > LONGEST_SEARCHES + 1) break;
    kept.push(search);
  }
  return kept;
}
