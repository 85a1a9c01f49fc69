import { type Address, addressFromValue, widths } from './address.ts';
import { type AddressRange, rangeLiteral } from './address-range.ts';

/** One way in which an IPv6 address embeds an IPv4 address. The one list: layers that close ranges use it too. */
interface Embedding {
  /** Undefined where an interface identifier of any network embeds it. */
  range: AddressRange | undefined;
  applies(value: bigint): boolean;
  read(value: bigint): bigint[];
}

/** Range of NAT64 (RFC 6052), through which an IPv6-only cluster reaches every IPv4 address. */
export const NAT64 = rangeLiteral('64:ff9b::/96');

const LOW_32 = 0xffff_ffffn;
const bits = (value: bigint, offset: bigint, length: bigint): bigint =>
  (value >> (128n - offset - length)) & ((1n << length) - 1n);
const low32 = (value: bigint): bigint[] => [value & LOW_32];

function inRange(range: AddressRange, read: Embedding['read']): Embedding {
  const shift = BigInt(widths[range.family] - range.prefix);
  const network = range.first >> shift;
  return { range, applies: (value) => value >> shift === network, read };
}

const embeddings: readonly Embedding[] = [
  // IPv4-compatible (RFC 4291 2.5.5.1), without `::` and `::1`, which have a meaning of their own.
  inRange(rangeLiteral('::/96'), (value) => (value > 1n ? low32(value) : [])),
  // IPv4-translated, ::ffff:0:a.b.c.d (RFC 7915).
  inRange(rangeLiteral('::ffff:0:0:0/96'), low32),
  inRange(NAT64, low32),
  // Local-use NAT64 (RFC 8215), where the operator chooses the prefix length.
  inRange(rangeLiteral('64:ff9b:1::/48'), localNat64),
  // 6to4 (RFC 3056).
  inRange(rangeLiteral('2002::/16'), (value) => [bits(value, 16n, 32n)]),
  // Teredo (RFC 4380): the server, and the client with its bits flipped.
  inRange(rangeLiteral('2001::/32'), (value) => [bits(value, 32n, 32n), (value & LOW_32) ^ LOW_32]),
  // ISATAP (RFC 5214): an interface identifier of any prefix.
  {
    range: undefined,
    applies: (value) => bits(value, 64n, 32n) === 0x5efen || bits(value, 64n, 32n) === 0x0200_5efen,
    read: low32,
  },
];

/** Ranges of which each address embeds an IPv4 address. */
export const embeddingRanges: readonly AddressRange[] = embeddings.flatMap(({ range }) => range ?? []);

/** The IPv4 addresses that an IPv6 address embeds: the guard checks them, since its packets end there. */
export function embeddedIPv4({ family, value }: Address): Address[] {
  if (family === 4) return [];
  const embedded = embeddings.flatMap(({ applies, read }) => (applies(value) ? read(value) : []));
  return [...new Set(embedded)].map((ipv4) => addressFromValue(4, ipv4));
}

/** The address and the IPv4 addresses that it embeds. */
export function withEmbedded(address: Address): Address[] {
  return [address, ...embeddedIPv4(address)];
}

/** The range of IPv6 addresses that NAT64 translates to an IPv4 range. */
export function throughNat64({ first, prefix }: AddressRange): AddressRange {
  const { text } = addressFromValue(6, NAT64.first | first);
  return rangeLiteral(`${text}/${NAT64.prefix + prefix}`);
}

/**
 * RFC 6052 section 2.2: bits 64 to 71 are zero, the IPv4 address lies around them, zeros follow. The number of zeros
 * tells the layout, but a /96 may end in zeros too, so both readings count.
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
