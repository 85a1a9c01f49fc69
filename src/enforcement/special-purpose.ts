/**
 * The special-purpose ranges (IANA registries, RFC 6890 and its updates) that the second layers close: Squid's own
 * ACLs and the proxy's NetworkPolicy. The first layer, the agent's destination guard, knows embedded IPv4 too.
 */
export const specialPurposeV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Without ::ffff:0:0/96: no packet carries it, and Squid would read it as every IPv4 address. */
export const specialPurposeV6 = [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

/** Closed in every configuration: no privateCIDRs can open the proxy pod itself. ::1 lies in ::/96. */
export const loopback = ['127.0.0.0/8', '::/96'] as const;
