import {
  type AddressRange,
  NAT64,
  networkList,
  outermost,
  rangeContains,
  rangeLiteral,
  rangesOverlap,
  readableRanges,
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
  /** Prefixes of the operator's own NAT64. */
  nat64Prefixes: readonly string[];
}

/** Every IPv4 address, global unicast IPv6, and IPv4 through NAT64. */
const internet = [rangeLiteral('0.0.0.0/0'), rangeLiteral('2000::/3'), NAT64];

/** Opens the public internet and the operator's ranges, both without the cluster's own ranges. */
export function publicInternetRules({ cluster, opened, nat64Prefixes }: InternetRanges): EgressRule[] {
  const prefixes = readableRanges(nat64Prefixes);
  const own = withTranslated(networkList(cluster), prefixes);
  const exceptions = [...own, ...withTranslated(closedRanges, prefixes)];
  const reachable = networkList(opened);
  const blocks = [
    ...internet.map((range) => block(range, exceptions)),
    ...[...reachable, ...throughOwnNat64(reachable, prefixes)]
      .filter((range) => !own.some((each) => rangeContains(each, range)))
      .map((range) => block(range, own)),
  ];
  return [{ to: blocks.map((ipBlock) => ({ ipBlock })) }];
}

function withTranslated(ranges: readonly AddressRange[], prefixes: readonly AddressRange[]): AddressRange[] {
  return [...ranges, ...throughNat64(ranges, prefixes)];
}

/** Not by the well-known prefix, through which no private address may be reached (RFC 6052, section 3.1). */
function throughOwnNat64(ranges: readonly AddressRange[], prefixes: readonly AddressRange[]): AddressRange[] {
  return throughNat64(ranges, prefixes).filter((range) => !rangeContains(NAT64, range));
}

function block(range: AddressRange, exceptions: readonly AddressRange[]) {
  const inside = exceptions.filter((each) => rangesOverlap(each, range));
  const except = outermost(sortedByText(inside)).map(({ text }) => text);
  return except.length === 0 ? { cidr: range.text } : { cidr: range.text, except };
}
