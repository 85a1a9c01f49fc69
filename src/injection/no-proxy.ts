import type { Discovered } from '../api/index.ts';
import { faultOfEntry, type LeftOutReason, type NoProxySource, normaliseEntry } from './no-proxy-entry.ts';
import { DEFAULT_CLUSTER_DOMAIN } from './proxy-address.ts';

export interface NoProxyInput {
  discovered: Discovered | undefined;
  /** The EgressProxy's `noProxy`. */
  proxyExtras: readonly string[];
  /** The namespace's annotation, entries separated by commas. */
  namespaceExtras: string | undefined;
  /** The Services of the namespace, which its pods reach by their bare names. */
  serviceNames: Iterable<string>;
}

export interface LeftOut {
  entry: string;
  reason: LeftOutReason;
}

export interface NoProxy {
  value: string;
  /** In the order in which they were met, to be shown in status. */
  leftOut: LeftOut[];
}

/** Bytes. An environment that outgrows ARG_MAX keeps a container from starting at all. */
export const NO_PROXY_CAP = 16 * 1024;

const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * NO_PROXY for the pods of one namespace. Where the cap cuts, the cluster's own entries stay and Service names go
 * first. Sorted, so that the value changes only with its content.
 */
export function computeNoProxy(input: NoProxyInput): NoProxy {
  const kept = new Set<string>();
  const leftOut: LeftOut[] = [];
  let bytes = 0;
  for (const [source, raw] of candidates(input)) {
    const entry = normaliseEntry(raw);
    if (entry === '' || kept.has(entry)) continue;
    const cost = entry.length + ','.length;
    const reason = faultOfEntry(entry, source) ?? (bytes + cost > NO_PROXY_CAP ? 'TooLong' : undefined);
    if (reason !== undefined) {
      leftOut.push({ entry, reason });
      continue;
    }
    kept.add(entry);
    bytes += cost;
  }
  return { value: [...kept].sort().join(','), leftOut };
}

/** NO_PROXY before a namespace's own entries: what an EgressProxy's status shows. */
export function computeClusterNoProxy(
  discovered: Discovered | undefined,
  proxyExtras: readonly string[],
): NoProxy {
  return computeNoProxy({ discovered, proxyExtras, namespaceExtras: undefined, serviceNames: [] });
}

/** Most needed first: this is the order in which the cap lets in. */
function* candidates(input: NoProxyInput): Generator<[NoProxySource, string]> {
  for (const entry of clusterEntries(input.discovered ?? {})) yield ['cluster', entry];
  for (const entry of input.proxyExtras) yield ['proxy', entry];
  for (const entry of input.namespaceExtras?.split(',') ?? []) yield ['namespace', entry];
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
