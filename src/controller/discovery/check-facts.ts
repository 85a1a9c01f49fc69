import type { ConditionReason, Discovered } from '../../api/index.ts';
import { type AddressRange, rangesOverlap, readableRanges } from '../../rules/index.ts';

/** A fact of the cluster that is missing, or that contradicts what is seen. */
export interface FactProblem {
  reason: Extract<
    ConditionReason,
    | 'DnsServiceNotFound'
    | 'PodRangeUnknown'
    | 'PodRangeContradicted'
    | 'ServiceRangeUnknown'
    | 'ServiceRangeContradicted'
  >;
  message: string;
}

export interface FactsInput {
  discovered: Discovered;
  /** The networks in which pods have addresses of their own. */
  podNetworks: readonly AddressRange[];
  /** Whether a policy can open the DNS Service: it exists and has ports. */
  dnsIsOpen: boolean;
  /** ClusterIPs that must be in the Service ranges. */
  clusterIPs: readonly string[];
}

/** The problems of the facts, the worst first, each with what to write. */
export function checkFacts(input: FactsInput): FactProblem[] {
  return [dnsProblem(input), podRangeProblem(input), serviceRangeProblem(input)].flatMap(
    (problem) => problem ?? [],
  );
}

function dnsProblem({ discovered: { dnsService }, dnsIsOpen }: FactsInput): FactProblem | undefined {
  if (dnsIsOpen) return undefined;
  const what =
    dnsService === undefined
      ? 'no Service of the cluster DNS was found'
      : `the DNS Service ${dnsService.namespace}/${dnsService.name} does not exist or has no endpoints`;
  return {
    reason: 'DnsServiceNotFound',
    message: `${what}, so that no policy opens DNS to pods and proxies: ${toWrite('dnsService: {namespace: NAMESPACE, name: NAME}')}`,
  };
}

function podRangeProblem({ discovered, podNetworks }: FactsInput): FactProblem | undefined {
  const ranges = readableRanges(discovered.podCIDRs ?? []);
  const advice = toWrite('podCIDRs: [RANGE, ...]');
  if (ranges.length === 0) {
    const message = `no pod range is known, since the nodes have no podCIDRs; NO_PROXY has none, and tenants cannot write EndpointSlices: ${advice}`;
    return podNetworks.length === 0 ? undefined : { reason: 'PodRangeUnknown', message };
  }
  // A network is /24 or /64: it counts as known if any part of it is.
  const outside = podNetworks.filter((network) => !ranges.some((range) => rangesOverlap(range, network)));
  if (outside.length === 0) return undefined;
  return {
    reason: 'PodRangeContradicted',
    message: `pods have addresses outside of the pod ranges ${textOf(ranges)}: ${textOf(outside)}; NO_PROXY and the policies lack these: ${advice}`,
  };
}

function serviceRangeProblem({ discovered, clusterIPs }: FactsInput): FactProblem | undefined {
  const ranges = readableRanges(discovered.serviceCIDRs ?? []);
  const advice = toWrite('serviceCIDRs: [RANGE, ...]');
  if (ranges.length === 0)
    return {
      reason: 'ServiceRangeUnknown',
      message: `no Service range is known, so that NO_PROXY has none: ${advice}`,
    };
  const outside = readableRanges(clusterIPs).filter(
    (ip) => !ranges.some((range) => rangesOverlap(range, ip)),
  );
  if (outside.length === 0) return undefined;
  return {
    reason: 'ServiceRangeContradicted',
    message: `Services have addresses outside of the Service ranges ${textOf(ranges)}: ${textOf(outside)}; NO_PROXY and the policies lack these: ${advice}`,
  };
}

function toWrite(line: string): string {
  return `set spec.cluster.${line} in the default EgressProxy`;
}

const SHOWN = 5;

function textOf(ranges: readonly AddressRange[]): string {
  const rest = ranges.length - SHOWN;
  const shown = ranges
    .slice(0, SHOWN)
    .map(({ text }) => text)
    .join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
