import type { Discovered } from '../api/index.ts';
import { faultOfEntry, type LeftOutReason, type NoProxySource, normaliseEntry } from './no-proxy-entry.ts';
import { DEFAULT_CLUSTER_DOMAIN } from './proxy-address.ts';

export interface NoProxyInput {
  discovered: Discovered | undefined;
  /** The EgressProxy's `noProxy`. */
  proxyExtras: readonly string[];
  /** The namespace's annotation, entries separated by commas. */
  namespaceExtras: string | undefined;
  /** Services of the namespace: its pods reach them by their bare names. */
  serviceNames: Iterable<string>;
}

export interface LeftOut {
  entry: string;
  reason: LeftOutReason;
}

export interface NoProxy {
  value: string;
  /** In the order of precedence, for the status. */
  leftOut: LeftOut[];
}

/** Bytes. A container whose environment exceeds ARG_MAX does not start. */
export const NO_PROXY_CAP = 16 * 1024;

const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * NO_PROXY for the pods of one namespace. Where the cap is reached, Service names are left out first and the cluster's
 * entries last. Sorted, so that the value changes only with its content.
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

/** NO_PROXY without the entries of a namespace, as the status of an EgressProxy shows it. */
export function computeClusterNoProxy(
  discovered: Discovered | undefined,
  proxyExtras: readonly string[],
): NoProxy {
  return computeNoProxy({ discovered, proxyExtras, namespaceExtras: undefined, serviceNames: [] });
}

/** The most needed first: later entries are left out when the cap is reached. */
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
