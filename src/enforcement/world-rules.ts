import { cidrList, holds, isV6, outermost, overlaps } from './cidr.ts';
import type { EgressRule } from './network-policy.ts';
import { closedRanges, NAT64, throughNat64 } from './special-purpose.ts';

export interface WorldRanges {
  /** The found pod, Service and node ranges: no proxy may be a way into the cluster. */
  cluster: readonly string[];
  /** The special-purpose ranges that the operator opens. */
  opened: readonly string[];
}

/** Every IPv4 address, global unicast IPv6, and IPv4 through NAT64. */
const world = ['0.0.0.0/0', '2000::/3', NAT64];

/** The public internet, and what the operator opened beside it. The cluster's own ranges stay closed in both. */
export function worldRules({ cluster, opened }: WorldRanges): EgressRule[] {
  const own = cidrList(cluster);
  const closed = [...closedRanges, ...own];
  const exceptions = [...closed, ...throughNat64(closed)];
  const blocks = [
    ...world.map((cidr) => block(cidr, exceptions)),
    ...cidrList(opened)
      .filter((cidr) => !own.some((range) => holds(range, cidr)))
      .map((cidr) => block(cidr, own)),
  ];
  return [{ to: blocks.map((ipBlock) => ({ ipBlock })) }];
}

function block(cidr: string, exceptions: readonly string[]) {
  const inside = exceptions.filter((range) => isV6(range) === isV6(cidr) && overlaps(range, cidr));
  const except = outermost(cidrList(inside));
  return except.length === 0 ? { cidr } : { cidr, except };
}
