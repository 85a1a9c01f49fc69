import { type Address, addressFromValue, widths } from './address.ts';
import { type AddressRange, rangeIncludes, rangeLiteral } from './address-range.ts';

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

/** Lengths of a NAT64 prefix (RFC 6052, section 2.2). */
const NAT64_LENGTHS: readonly number[] = [32, 40, 48, 56, 64, 96];

/** Whether a range can be the prefix of a NAT64. */
export function isNat64Prefix({ family, prefix }: AddressRange): boolean {
  return family === 6 && NAT64_LENGTHS.includes(prefix);
}

/**
 * The IPv4 addresses that an IPv6 address embeds: the guard checks them, since its packets end there. `nat64`: prefixes
 * that the network translates besides the well-known ones.
 */
export function embeddedIPv4(address: Address, nat64: readonly AddressRange[] = []): Address[] {
  const { family, value } = address;
  if (family === 4) return [];
  const embedded = embeddings.flatMap(({ applies, read }) => (applies(value) ? read(value) : []));
  const translated = nat64
    .filter((range) => rangeIncludes(range, address))
    .map(({ prefix }) => readTranslated(value, prefix));
  return [...new Set([...embedded, ...translated])].map((ipv4) => addressFromValue(4, ipv4));
}

/** The address and the IPv4 addresses that it embeds. */
export function withEmbedded(address: Address, nat64?: readonly AddressRange[]): Address[] {
  return [address, ...embeddedIPv4(address, nat64)];
}

/** The ranges of IPv6 addresses that NAT64s translate to IPv4 ranges: by the well-known prefix and by further ones. */
export function throughNat64(
  ranges: readonly AddressRange[],
  prefixes: readonly AddressRange[] = [],
): AddressRange[] {
  const translated = ranges.filter(({ family }) => family === 4);
  return [NAT64, ...prefixes.filter(isNat64Prefix)].flatMap((nat64) =>
    translated.map((range) => translatedBy(nat64, range)),
  );
}

/** RFC 6052, section 2.2: bits 64 to 71 are zero, and an IPv4 address continues after them. */
function translatedBy(nat64: AddressRange, { first, prefix }: AddressRange): AddressRange {
  const end = nat64.prefix + prefix;
  if (nat64.prefix === 96) return rangeAt(nat64.first | first, end);
  const before = BigInt(64 - nat64.prefix);
  const after = 32n - before;
  const high = (first >> after) << 64n;
  const low = (first & ((1n << after) - 1n)) << (56n - after);
  return rangeAt(nat64.first | high | low, end > 64 ? end + 8 : end);
}

function rangeAt(first: bigint, prefix: number): AddressRange {
  return rangeLiteral(`${addressFromValue(6, first).text}/${prefix}`);
}

/**
 * The IPv4 address after a NAT64 prefix (RFC 6052, section 2.2): bits 64 to 71 are zero, and a prefix that is shorter
 * than 64 bits has the address around them.
 */
function readTranslated(value: bigint, prefix: number): bigint {
  if (prefix === 96) return value & LOW_32;
  const before = BigInt(64 - prefix);
  const after = 32n - before;
  return (bits(value, BigInt(prefix), before) << after) | bits(value, 72n, after);
}

/**
 * Zeros follow the IPv4 address, and their number tells the prefix length; but a /96 may end in zeros too, so both
 * readings count.
 */
function localNat64(value: bigint): bigint[] {
  const last = value & LOW_32;
  const prefix = [48, 56, 64].find((each) => (value & ((1n << (88n - BigInt(each))) - 1n)) === 0n);
  const read = prefix === undefined ? [] : [readTranslated(value, prefix)];
  return last === 0n ? read : [last, ...read];
}
