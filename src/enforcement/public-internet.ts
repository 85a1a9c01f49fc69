import {
  type AddressRange,
  NAT64,
  networkList,
  outermost,
  rangeContains,
  rangeLiteral,
  rangesOverlap,
  sortedByText,
  throughNat64,
} from '../rules/index.ts';
import type { EgressRule } from './network-policy.ts';
import { closedRanges } from './special-purpose.ts';

export interface InternetRanges {
  /** Discovered pod, Service and node ranges. They stay closed: no proxy may be a way into the cluster. */
  cluster: readonly string[];
  /** Special-purpose ranges that the operator opens. */
  opened: readonly string[];
}

/** Every IPv4 address, global unicast IPv6, and IPv4 through NAT64. */
const internet = [rangeLiteral('0.0.0.0/0'), rangeLiteral('2000::/3'), NAT64];

/** Opens the public internet and the operator's ranges, both without the cluster's own ranges. */
export function publicInternetRules({ cluster, opened }: InternetRanges): EgressRule[] {
  const own = networkList(cluster);
  const closed = [...closedRanges, ...own];
  const exceptions = [...closed, ...closed.filter(({ family }) => family === 4).map(throughNat64)];
  const blocks = [
    ...internet.map((range) => block(range, exceptions)),
    ...networkList(opened)
      .filter((range) => !own.some((each) => rangeContains(each, range)))
      .map((range) => block(range, own)),
  ];
  return [{ to: blocks.map((ipBlock) => ({ ipBlock })) }];
}

function block(range: AddressRange, exceptions: readonly AddressRange[]) {
  const inside = exceptions.filter((each) => rangesOverlap(each, range));
  const except = outermost(sortedByText(inside)).map(({ text }) => text);
  return except.length === 0 ? { cidr: range.text } : { cidr: range.text, except };
}
