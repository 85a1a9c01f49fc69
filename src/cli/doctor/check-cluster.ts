import type { Lease } from '../../kube/index.ts';
import type { ClusterFacts, DaemonSet } from './facts.ts';
import { type Finding, finding, listNames } from './finding.ts';

/** The oldest minor version of Kubernetes 1 that the product supports; README.md names it. */
export const OLDEST_MINOR = 31;
/** Milliseconds that a node's clock may be off: certificates are valid from five minutes before their issue. */
const CLOCK_TOLERANCE = 60_000;

export function checkVersion({ version }: Pick<ClusterFacts, 'version'>): Finding[] {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) > 1 || Number(minor) >= OLDEST_MINOR) return [];
  const message = `it runs Kubernetes ${version}, and kube-egress needs 1.${OLDEST_MINOR} or later: upgrade the cluster`;
  return [finding('KubernetesTooOld', 'the API server', message)];
}

/**
 * Compares each node's clock with that of the API server. A kubelet writes its own time into its Lease, and the API server
 * notes the time of the write beside it.
 */
export function checkClocks({ nodeLeases = [] }: Pick<ClusterFacts, 'nodeLeases'>): Finding[] {
  return nodeLeases.flatMap((lease) => {
    const behind = millisecondsBehind(lease);
    if (behind === undefined || Math.abs(behind) <= CLOCK_TOLERANCE) return [];
    const off = `${Math.round(Math.abs(behind) / 1000)} s ${behind > 0 ? 'behind' : 'ahead of'}`;
    const message = `its clock is ${off} that of the API server: certificates and tokens are not accepted there; repair its time synchronization`;
    return [finding('NodeClockWrong', `Node ${lease.metadata.name}`, message)];
  });
}

function millisecondsBehind({ metadata: { managedFields = [] }, spec }: Lease): number | undefined {
  const written = Math.max(...managedFields.map(({ time = '' }) => Date.parse(time)).filter(Number.isFinite));
  const renewed = Date.parse(spec?.renewTime ?? '');
  const behind = written - renewed;
  return Number.isFinite(behind) ? behind : undefined;
}

/** CNIs, and additions to one, that enforce NetworkPolicies: by the names and images of their DaemonSets. */
const ENFORCING =
  /cilium|anetd|calico|canal|antrea|kube-router|weave-net|ovn-?kube|azure-npm|network-policy-agent|kindnet|kube-network-policies/;

/** What the names of DaemonSets tell before an install; after it, the controller's probe decides. */
export function checkCni({
  daemonSets = [],
  proxies,
}: Pick<ClusterFacts, 'daemonSets' | 'proxies'>): Finding[] {
  if (proxies?.some(isProbed) || daemonSets.some((each) => ENFORCING.test(textOf(each)))) return [];
  const message =
    'no DaemonSet of a CNI that is known to enforce NetworkPolicies was found: without enforcement, programs reach everything by ignoring the proxy; after the install, the condition Enforced of the EgressProxy says what a probe found';
  return [finding('CniUnknown', 'the cluster', message)];
}

function isProbed({ status }: NonNullable<ClusterFacts['proxies']>[number]): boolean {
  return status?.conditions?.some((each) => each.type === 'Enforced' && each.status !== 'Unknown') ?? false;
}

function textOf({ metadata, spec }: DaemonSet): string {
  const containers = spec?.template.spec?.containers ?? [];
  return [metadata.name, ...containers.flatMap(({ name, image = '' }) => [name, image])].join(' ');
}

const DNS_PORT = 53;
const dnsNamespaces: ReadonlySet<string> = new Set(['kube-system', 'openshift-dns']);

/** Whether a Service looks like the cluster DNS; with an EgressProxy its condition ClusterFacts says what was found. */
export function checkDns({
  systemServices = [],
  proxies,
}: Pick<ClusterFacts, 'systemServices' | 'proxies'>): Finding[] {
  if (proxies?.some(({ spec }) => spec.cluster?.dnsService !== undefined)) return [];
  const found = systemServices.some(
    ({ metadata, spec }) =>
      dnsNamespaces.has(metadata.namespace ?? '') && spec?.ports?.some(({ port }) => port === DNS_PORT),
  );
  if (found) return [];
  const message =
    'no Service of kube-system or openshift-dns has port 53, so the cluster DNS will not be found, and no policy opens it to pods: set spec.cluster.dnsService in the default EgressProxy';
  return [finding('DnsServiceUnknown', 'the cluster', message)];
}

/** With an EgressProxy its condition ClusterFacts compares the ranges with the pods' addresses. */
export function checkPodRanges({ nodes = [], proxies }: Pick<ClusterFacts, 'nodes' | 'proxies'>): Finding[] {
  if (proxies?.some(({ spec }) => spec.cluster?.podCIDRs !== undefined)) return [];
  const without = nodes.filter(({ spec }) => spec?.podCIDR === undefined && spec?.podCIDRs === undefined);
  if (without.length === 0) return [];
  const names = listNames(without.map(({ metadata }) => metadata.name));
  const message = `these nodes have no podCIDR: ${names}; the pod ranges will not be found, and NO_PROXY lacks them: set spec.cluster.podCIDRs in the default EgressProxy`;
  return [finding('PodRangeMissing', 'the nodes', message)];
}
