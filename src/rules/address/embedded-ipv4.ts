import { type Address, addressFromValue } from './address.ts';

/** The IPv4 addresses that an IPv6 address carries, so that it is judged by where its packets end. */
export function embeddedIPv4({ family, value }: Address): Address[] {
  if (family === 4) return [];
  const carried = carriers.flatMap(({ holds, carries }) => (holds(value) ? carries(value) : []));
  return [...new Set(carried)].map((ipv4) => addressFromValue(4, ipv4));
}

interface Carrier {
  holds(value: bigint): boolean;
  carries(value: bigint): bigint[];
}

const LOW_32 = 0xffff_ffffn;
const bits = (value: bigint, offset: bigint, length: bigint): bigint =>
  (value >> (128n - offset - length)) & ((1n << length) - 1n);
const low32 = (value: bigint): bigint[] => [value & LOW_32];
const under = (prefix: bigint, length: bigint) => (value: bigint) => value >> (128n - length) === prefix;

const carriers: readonly Carrier[] = [
  // IPv4-compatible (RFC 4291 2.5.5.1); `::` and `::1` are addresses of their own.
  { holds: (value) => value >> 32n === 0n && value > 1n, carries: low32 },
  // IPv4-translated, ::ffff:0:a.b.c.d (RFC 7915).
  { holds: under(0xffff_0000n, 96n), carries: low32 },
  // NAT64 (RFC 6052) and local-use NAT64 (RFC 8215), where the operator chooses the prefix length.
  { holds: under(0x64_ff9b_0000_0000_0000_0000n, 96n), carries: low32 },
  { holds: under(0x64_ff9b_0001n, 48n), carries: localNat64 },
  // 6to4 (RFC 3056).
  { holds: under(0x2002n, 16n), carries: (value) => [bits(value, 16n, 32n)] },
  // Teredo (RFC 4380): the server, and the client with its bits flipped.
  {
    holds: under(0x2001_0000n, 32n),
    carries: (value) => [bits(value, 32n, 32n), (value & LOW_32) ^ LOW_32],
  },
  // ISATAP (RFC 5214): an interface identifier of any prefix.
  {
    holds: (value) => bits(value, 64n, 32n) === 0x5efen || bits(value, 64n, 32n) === 0x0200_5efen,
    carries: low32,
  },
];

/**
 * RFC 6052 section 2.2: bits 64 to 71 are zero, the address lies around them, zeros follow. How many zeros there
 * are tells the layout, but a /96 may end in zeros as well, so both readings count.
 */
function localNat64(value: bigint): bigint[] {
  const last = value & LOW_32;
  const layouts = [
    { zeros: 40n, ipv4: () => (bits(value, 48n, 16n) << 16n) | bits(value, 72n, 16n) },
    { zeros: 32n, ipv4: () => (bits(value, 56n, 8n) << 24n) | bits(value, 72n, 24n) },
    { zeros: 24n, ipv4: () => bits(value, 72n, 32n) },
  ];
  const layout = layouts.find(({ zeros }) => (value & ((1n << zeros) - 1n)) === 0n);
  const read = layout === undefined ? [] : [layout.ipv4()];
  return last === 0n ? read : [last, ...read];
}
