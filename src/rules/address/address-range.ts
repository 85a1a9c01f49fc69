import { clip, type TextFault, textFault } from '../fault.ts';
import { type Address, addressFromValue, parseAddress, widths } from './address.ts';

/** A CIDR range. A single address is a range with the longest prefix. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** First address of the range: its bits after the prefix are zero. */
  readonly first: bigint;
  readonly prefix: number;
  /** Canonical text, always with the prefix: `192.0.2.7/32`. */
  readonly text: string;
}

export type ParsedRange = { ok: true; range: AddressRange } | { ok: false; fault: TextFault };

const EXAMPLE = 'such as 192.0.2.0/24 or 2001:db8::/32';

/** The range of one address. */
export function singleAddress({ family, value, text }: Address): AddressRange {
  return { family, first: value, prefix: widths[family], text: `${text}/${widths[family]}` };
}

/**
 * Parses a range in CIDR notation, or a bare address as a range of its own, without brackets. Strict, for what a user
 * writes: host bits and odd spellings are faults.
 */
export function parseRange(text: string): ParsedRange {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (rest.length > 0 || address === undefined)
    return refuse(textFault('CidrInvalid', `"${clip(text)}" is not an address range ${EXAMPLE}`));
  if (mappedBits(addressText, address) > 0)
    return refuse(
      textFault(
        'AddressSpelling',
        `"${clip(text)}" is an IPv4 address in IPv6 notation`,
        mappedRangeText(text, address),
      ),
    );
  if (prefixText === undefined) return { ok: true, range: singleAddress(address) };
  return rangeOf(address, prefixText);
}

/**
 * Reads a range that Kubernetes has, such as a node's address or podCIDR: an address, or a CIDR whose host bits are
 * cleared. Undefined for any other text.
 */
export function readNetwork(text: string): AddressRange | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  if (prefixText === undefined) return singleAddress(address);
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) - mappedBits(addressText, address) : -1;
  return prefix >= 0 && prefix <= widths[address.family] ? networkOf(address, prefix) : undefined;
}

/** The range of a text in this code. Throws for a malformed one. */
export function rangeLiteral(text: string): AddressRange {
  const parsed = parseRange(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.message}`);
  return parsed.range;
}

export function rangeIncludes(range: AddressRange, address: Address): boolean {
  if (range.family !== address.family) return false;
  const shift = BigInt(widths[range.family] - range.prefix);
  return address.value >> shift === range.first >> shift;
}

/** Whether every address of the inner range is in the outer one. */
export function rangeContains(outer: AddressRange, inner: AddressRange): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const shift = BigInt(widths[outer.family] - outer.prefix);
  return inner.first >> shift === outer.first >> shift;
}

/** Whether two ranges have an address in common: CIDR ranges only overlap if one contains the other. */
export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return rangeContains(a, b) || rangeContains(b, a);
}

/** The ranges of those texts that parseRange accepts. A text that it rejects opens nothing. */
export function readableRanges(texts: Iterable<unknown>): AddressRange[] {
  const ranges: AddressRange[] = [];
  for (const text of texts) {
    const parsed = typeof text === 'string' ? parseRange(text) : undefined;
    if (parsed?.ok) ranges.push(parsed.range);
  }
  return ranges;
}

function rangeOf(address: Address, prefixText: string): ParsedRange {
  const width = widths[address.family];
  const prefix = readPrefix(address, prefixText);
  if (prefix === undefined || `${prefix}` !== prefixText)
    return refuse(
      textFault(
        'CidrInvalid',
        `"/${clip(prefixText)}" is not a prefix length from 0 to ${width}`,
        prefix === undefined ? undefined : networkOf(address, prefix).text,
      ),
    );
  const range = networkOf(address, prefix);
  if (range.first !== address.value)
    return refuse(
      textFault('CidrHostBits', `"${address.text}/${prefix}" has bits set after its prefix`, range.text),
    );
  return { ok: true, range };
}

/** Reads a prefix length, which may be written as an IPv4 netmask. */
function readPrefix(address: Address, text: string): number | undefined {
  if (/^\d{1,4}$/.test(text)) return Number(text) <= widths[address.family] ? Number(text) : undefined;
  const mask = address.family === 4 ? parseAddress(text) : undefined;
  if (mask?.family !== 4) return undefined;
  const [, ones = ''] = /^(1*)0*$/.exec(mask.value.toString(2).padStart(32, '0')) ?? [];
  return ones === '' ? undefined : ones.length;
}

/** The range with a prefix that is one bit shorter. */
export function widen({ family, first, prefix }: AddressRange): AddressRange {
  return networkOf({ family, value: first }, prefix - 1);
}

function networkOf({ family, value }: Pick<Address, 'family' | 'value'>, prefix: number): AddressRange {
  const shift = BigInt(widths[family] - prefix);
  const first = (value >> shift) << shift;
  return { family, first, prefix, text: `${addressFromValue(family, first).text}/${prefix}` };
}

/** Bits in front of the IPv4 address that the prefix of a range in IPv6 notation counts. */
function mappedBits(text: string, { family }: Address): number {
  return family === 4 && text.includes(':') ? widths[6] - widths[4] : 0;
}

function mappedRangeText(text: string, address: Address): string | undefined {
  return text.includes('/') ? readNetwork(text)?.text : address.text;
}

function refuse(fault: TextFault): ParsedRange {
  return { ok: false, fault };
}
