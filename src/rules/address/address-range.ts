import { type TextFault, textFault } from '../fault.ts';
import { type Address, addressFromValue, parseAddress, widths } from './address.ts';

/** A CIDR range; a single address is the range of full length. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** The bits behind the prefix are zero. */
  readonly first: bigint;
  readonly prefix: number;
  /** Canonical, always with the prefix: `192.0.2.7/32`. */
  readonly text: string;
}

export type ParsedRange = { ok: true; range: AddressRange } | { ok: false; fault: TextFault };

const EXAMPLE = 'such as 192.0.2.0/24 or 2001:db8::/32';

export function singleAddress({ family, value, text }: Address): AddressRange {
  return { family, first: value, prefix: widths[family], text: `${text}/${widths[family]}` };
}

/** A range in CIDR notation; a bare address is the range that holds just it. No brackets. */
export function parseRange(text: string): ParsedRange {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (rest.length > 0 || address === undefined)
    return refuse(textFault('CidrInvalid', `"${clip(text)}" is no address range, ${EXAMPLE}`));
  if (isMapped(addressText, address))
    return refuse(
      textFault(
        'AddressSpelling',
        `"${clip(text)}" is an IPv4 address in IPv6 spelling`,
        mappedRangeText(address, prefixText),
      ),
    );
  if (prefixText === undefined) return { ok: true, range: singleAddress(address) };
  return rangeOf(address, prefixText);
}

export function rangeIncludes(range: AddressRange, address: Address): boolean {
  if (range.family !== address.family) return false;
  const shift = BigInt(widths[range.family] - range.prefix);
  return address.value >> shift === range.first >> shift;
}

/** Whether the outer range holds every address of the inner one. */
export function rangeContains(outer: AddressRange, inner: AddressRange): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const shift = BigInt(widths[outer.family] - outer.prefix);
  return inner.first >> shift === outer.first >> shift;
}

/** The ranges that parse: what does not opens nothing. */
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
        `"/${clip(prefixText)}" is no prefix length from 0 to ${width}`,
        prefix === undefined ? undefined : networkOf(address, prefix).text,
      ),
    );
  const range = networkOf(address, prefix);
  if (range.first !== address.value)
    return refuse(
      textFault('CidrHostBits', `"${address.text}/${prefix}" has bits set behind its prefix`, range.text),
    );
  return { ok: true, range };
}

/** The prefix length that a number, or an IPv4 netmask, means. */
function readPrefix(address: Address, text: string): number | undefined {
  if (/^\d{1,4}$/.test(text)) return Number(text) <= widths[address.family] ? Number(text) : undefined;
  const mask = address.family === 4 ? parseAddress(text) : undefined;
  if (mask?.family !== 4) return undefined;
  const [, ones = ''] = /^(1*)0*$/.exec(mask.value.toString(2).padStart(32, '0')) ?? [];
  return ones === '' ? undefined : ones.length;
}

function networkOf({ family, value }: Address, prefix: number): AddressRange {
  const shift = BigInt(widths[family] - prefix);
  const first = (value >> shift) << shift;
  return { family, first, prefix, text: `${addressFromValue(family, first).text}/${prefix}` };
}

function isMapped(text: string, { family }: Address): boolean {
  return family === 4 && text.includes(':');
}

/** A prefix of a mapped range counts the 96 bits in front of the IPv4 address. */
function mappedRangeText(address: Address, prefixText: string | undefined): string | undefined {
  if (prefixText === undefined) return address.text;
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) - 96 : -1;
  return prefix >= 0 && prefix <= 32 ? networkOf(address, prefix).text : undefined;
}

function refuse(fault: TextFault): ParsedRange {
  return { ok: false, fault };
}

/** Characters of somebody else's text that a message repeats. */
const CLIP = 80;

/** Somebody else's text for a message: short, and without what could act on a terminal. */
export function clip(text: string): string {
  const shown = text.length > CLIP ? `${text.slice(0, CLIP)}...` : text;
  return shown.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
