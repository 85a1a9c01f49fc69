import ipaddr from 'ipaddr.js';

/** The network of a CIDR in one spelling (host bits cleared, IPv6 compressed); undefined for what is none. */
export function normalizeCidr(text: string): string | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [, bits] = ipaddr.parseCIDR(text);
  const network = ipaddr.IPv4.isValidCIDR(text)
    ? ipaddr.IPv4.networkAddressFromCIDR(text)
    : ipaddr.IPv6.networkAddressFromCIDR(text);
  return `${network.toString()}/${bits}`;
}

/** An address, or a range, as a CIDR; undefined for what is neither. */
export function cidrOf(text: string): string | undefined {
  if (text.includes('/')) return normalizeCidr(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return `${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`;
}

export const isV6 = (cidr: string): boolean => cidr.includes(':');

/** Whether one of two ranges holds the other. CIDRs overlap in no other way. */
export function overlaps(a: string, b: string): boolean {
  const [first, firstBits] = ipaddr.parseCIDR(a);
  const [second, secondBits] = ipaddr.parseCIDR(b);
  if (first.kind() !== second.kind()) return false;
  return first.match(second, Math.min(firstBits, secondBits));
}

/** Normalised, sorted, each once; what is no address or range is left out. */
export function cidrList(texts: readonly string[]): string[] {
  const cidrs = texts.map(cidrOf).filter((cidr) => cidr !== undefined);
  return [...new Set(cidrs)].sort();
}

/** The length of a range's prefix. */
export function prefixLength(cidr: string): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}

/** Whether `outer` holds all of `inner`. */
export function holds(outer: string, inner: string): boolean {
  return overlaps(outer, inner) && prefixLength(outer) <= prefixLength(inner);
}

/** Without those that lie inside another one. */
export function outermost(cidrs: readonly string[]): string[] {
  return cidrs.filter((cidr) => !cidrs.some((other) => other !== cidr && holds(other, cidr)));
}
