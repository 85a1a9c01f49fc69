import ipaddr from 'ipaddr.js';
import { specialRanges } from '../rules/index.ts';
import { holds, isV6, outermost, prefixLength } from './cidr.ts';

/**
 * What the second layers close: Squid's own ACLs and the proxy's NetworkPolicy. The first layer, the agent's
 * destination guard, has the same source (src/rules) but judges address by address; a list of ranges can only close
 * those that hold no ordinary destination.
 */
export const closedRanges: readonly string[] = closable(() => true);

/** Closed whatever the operator opens: loopback and the unspecified addresses. */
export const neverOpened: readonly string[] = closable((opening) => opening === 'never');

function closable(chosen: (opening: string) => boolean): string[] {
  const publicParts = specialRanges.filter(({ opening }) => opening === 'public').map(({ range }) => range);
  const ranges = specialRanges
    .filter(({ opening }) => opening !== 'public' && chosen(opening))
    .map(({ range }) => range)
    .filter((range) => !publicParts.some((part) => holds(range, part)));
  return outermost(ranges);
}

/** Where NAT64 (RFC 6052) puts an IPv4 range: an IPv6-only cluster reaches the world, and all else, through it. */
export const NAT64 = '64:ff9b::/96';

export function throughNat64(ranges: readonly string[]): string[] {
  return ranges
    .filter((range) => !isV6(range))
    .map((range) => {
      const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parseCIDR(range)[0].octets;
      const address = new ipaddr.IPv6([0x64, 0xff9b, 0, 0, 0, 0, a * 256 + b, c * 256 + d]);
      return `${address.toString()}/${96 + prefixLength(range)}`;
    });
}
