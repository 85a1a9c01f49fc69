/**
 * Addresses that are not public destinations, and what opens them. The rows are those of the IANA registries:
 * https://www.iana.org/assignments/iana-ipv4-special-registry (RFC 6890, RFC 8190)
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 * https://www.iana.org/assignments/multicast-addresses
 * https://www.iana.org/assignments/ipv6-address-space
 * and the metadata addresses that clouds document. Globally reachable addresses of the registries are public here, with
 * two exceptions that are not destinations: anycast addresses of the nearest NAT (192.0.0.9, 192.0.0.10, 2001:1::1, ...)
 * and identifiers that are not routed (ORCHIDv2, drone tags).
 */

/**
 * What opens a range. `never`: nothing. `named`: a range of privateCIDRs that lies inside it, so that 0.0.0.0/0 does not
 * open it by accident. `listed`: any range of privateCIDRs that includes the address.
 */
export type Opening = 'never' | 'named' | 'listed';

export interface SpecialRange {
  readonly range: string;
  readonly name: string;
  readonly source: string;
  /** `public`: a part of a special range that is an ordinary destination, or is checked by its IPv4 address alone. */
  readonly opening: Opening | 'public';
}

const row = (
  range: string,
  name: string,
  source: string,
  opening: SpecialRange['opening'] = 'listed',
): SpecialRange => ({ range, name, source, opening });

/** The narrowest row that includes an address applies. */
export const specialRanges: readonly SpecialRange[] = [
  row('0.0.0.0/8', 'this network', 'RFC 791', 'never'),
  row('10.0.0.0/8', 'private use', 'RFC 1918'),
  row('100.64.0.0/10', 'shared address space (CGNAT)', 'RFC 6598'),
  row('100.100.100.200/32', 'cloud metadata', 'Alibaba Cloud', 'named'),
  row('127.0.0.0/8', 'loopback', 'RFC 1122', 'never'),
  row('168.63.129.16/32', 'cloud metadata', 'Azure WireServer', 'named'),
  row('169.254.0.0/16', 'link-local', 'RFC 3927', 'named'),
  row('172.16.0.0/12', 'private use', 'RFC 1918'),
  row('192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890'),
  row('192.0.0.192/32', 'cloud metadata', 'Oracle Cloud', 'named'),
  row('192.0.2.0/24', 'documentation', 'RFC 5737'),
  row('192.31.196.0/24', 'AS112', 'RFC 7535', 'public'),
  row('192.52.193.0/24', 'AMT', 'RFC 7450', 'public'),
  row('192.88.99.0/24', '6to4 relay anycast', 'RFC 7526'),
  row('192.168.0.0/16', 'private use', 'RFC 1918'),
  row('192.175.48.0/24', 'direct delegation AS112', 'RFC 7534', 'public'),
  row('198.18.0.0/15', 'benchmarking', 'RFC 2544'),
  row('198.51.100.0/24', 'documentation', 'RFC 5737'),
  row('203.0.113.0/24', 'documentation', 'RFC 5737'),
  row('224.0.0.0/4', 'multicast', 'RFC 5771', 'named'),
  row('240.0.0.0/4', 'reserved', 'RFC 1112'),
  row('255.255.255.255/32', 'limited broadcast', 'RFC 8190', 'named'),

  // Global unicast is 2000::/3; the rest of the space is not.
  row('::/0', 'not global unicast', 'RFC 4291'),
  row('2000::/3', 'global unicast', 'RFC 4291', 'public'),
  row('::/128', 'unspecified', 'RFC 4291', 'never'),
  row('::1/128', 'loopback', 'RFC 4291', 'never'),
  row('::/96', 'IPv4-compatible', 'RFC 4291'),
  row('::ffff:0:0:0/96', 'IPv4-translated', 'RFC 7915'),
  row('64:ff9b::/96', 'NAT64', 'RFC 6052', 'public'),
  row('64:ff9b:1::/48', 'local-use NAT64', 'RFC 8215'),
  row('100::/64', 'discard-only', 'RFC 6666'),
  row('100:0:0:1::/64', 'dummy prefix', 'RFC 9780'),
  row('2001::/23', 'IETF protocol assignments', 'RFC 2928'),
  row('2001::/32', 'Teredo', 'RFC 4380', 'public'),
  row('2001:2::/48', 'benchmarking', 'RFC 5180'),
  row('2001:3::/32', 'AMT', 'RFC 7450', 'public'),
  row('2001:4:112::/48', 'AS112', 'RFC 7535', 'public'),
  row('2001:10::/28', 'ORCHID', 'RFC 4843'),
  row('2001:20::/28', 'ORCHIDv2', 'RFC 7343'),
  row('2001:db8::/32', 'documentation', 'RFC 3849'),
  row('2002::/16', '6to4', 'RFC 3056', 'public'),
  row('2620:4f:8000::/48', 'direct delegation AS112', 'RFC 7534', 'public'),
  row('3fff::/20', 'documentation', 'RFC 9637'),
  row('5f00::/16', 'segment routing (SRv6) SIDs', 'RFC 9602'),
  row('fc00::/7', 'unique-local', 'RFC 4193'),
  row('fd00:ec2::254/128', 'cloud metadata', 'Amazon EC2', 'named'),
  row('fd20:ce::254/128', 'cloud metadata', 'Google Cloud', 'named'),
  row('fe80::/10', 'link-local', 'RFC 4291', 'named'),
  row('fec0::/10', 'site-local', 'RFC 3879'),
  row('ff00::/8', 'multicast', 'RFC 4291', 'named'),
];
