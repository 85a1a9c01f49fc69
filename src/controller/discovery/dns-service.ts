import ipaddr from 'ipaddr.js';
import type { DnsServiceSource, ServiceName } from '../../api/index.ts';

/** The fields of a Service by which the cluster's DNS is found. */
export interface ServiceView {
  metadata: { namespace: string; name: string };
  clusterIPs: readonly string[];
  selector: Readonly<Record<string, string>> | undefined;
}

export interface DnsServiceHints {
  /** The Service that the operator names. */
  given: ServiceName | undefined;
  /** The nameservers of this pod's resolv.conf. */
  nameservers: readonly string[];
}

export interface FoundDnsService {
  service: ServiceName;
  source: DnsServiceSource;
}

/** The DNS Services of distributions, in the order in which they are preferred. */
const knownNames = [
  'kube-system/kube-dns',
  'kube-system/rke2-coredns-rke2-coredns',
  'kube-system/coredns',
  'openshift-dns/dns-default',
];

interface Candidate {
  source: DnsServiceSource;
  /** The lowest is preferred. */
  rank: number;
}

/**
 * The cluster's DNS Service: the one that the operator names, else the one whose address is a nameserver of this pod,
 * else by a known name, else one of kube-system that selects `k8s-app: kube-dns`.
 */
export function findDnsService(
  services: Iterable<ServiceView>,
  hints: DnsServiceHints,
): FoundDnsService | undefined {
  if (hints.given !== undefined) return { service: hints.given, source: 'Spec' };
  const [best] = [...services]
    .flatMap((service) => {
      const candidate = candidateOf(service, hints);
      return candidate === undefined ? [] : [{ ...candidate, key: keyOf(service), service }];
    })
    .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1));
  if (best === undefined) return undefined;
  const { namespace, name } = best.service.metadata;
  return { service: { namespace, name }, source: best.source };
}

/** Whether a change of the Service can change what findDnsService finds. */
export function mayBeDnsService(service: ServiceView, hints: DnsServiceHints): boolean {
  return candidateOf(service, hints) !== undefined;
}

/** A label counts only in kube-system: in other namespaces a tenant can set it. */
function candidateOf(service: ServiceView, { given, nameservers }: DnsServiceHints): Candidate | undefined {
  const key = keyOf(service);
  if (given !== undefined)
    return key === keyOf({ metadata: given }) ? { source: 'Spec', rank: 0 } : undefined;
  const wanted = nameservers.map(canonical);
  if (service.clusterIPs.some((ip) => wanted.includes(canonical(ip))))
    return { source: 'ResolvConf', rank: 0 };
  const known = knownNames.indexOf(key);
  if (known >= 0) return { source: 'KnownName', rank: 1 + known };
  const isLabelled =
    service.metadata.namespace === 'kube-system' && service.selector?.['k8s-app'] === 'kube-dns';
  return isLabelled ? { source: 'Label', rank: 1 + knownNames.length } : undefined;
}

function keyOf({ metadata }: Pick<ServiceView, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Canonical text of an address: resolv.conf and the API may spell IPv6 differently. */
function canonical(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}
