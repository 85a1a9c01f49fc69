import ipaddr from 'ipaddr.js';

/** An IP address. An IPv4-mapped IPv6 address is an IPv4 address here, since its packets go there. */
export interface Address {
  readonly family: 4 | 6;
  /** The address as a number of 32 or 128 bits. */
  readonly value: bigint;
  /** Canonical: dotted quad, or RFC 5952. */
  readonly text: string;
}

/** Bits of an address of the family. */
export const widths = { 4: 32, 6: 128 } as const;

const MAPPED_PREFIX = 0xffffn;
const LOW_32 = 0xffff_ffffn;
/** Characters of the longest IPv6 literal, which ends in a dotted quad. */
const LONGEST = 45;

/**
 * Parses a dotted quad of decimal numbers without leading zeros, or IPv6 without brackets and zone. Undefined for any
 * other text: the further spellings that inet_aton accepts are for readHost.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined;
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

export function addressFromValue(family: 4 | 6, value: bigint): Address {
  if (family === 6 && value >> 32n === MAPPED_PREFIX) return addressFromValue(4, value & LOW_32);
  const digits = value.toString(16).padStart(widths[family] / 4, '0');
  const bytes = Buffer.from(digits, 'hex');
  return { family, value, text: ipaddr.fromByteArray([...bytes]).toString() };
}

function parseIPv4(text: string): Address | undefined {
  if (!/^\d/.test(text)) return undefined;
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  let value = 0;
  for (const octet of octets) {
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    value = value * 256 + Number(octet);
  }
  return { family: 4, value: BigInt(value), text };
}

function parseIPv6(text: string): Address | undefined {
  const plain = text.includes('.') ? withoutQuad(text) : text;
  if (plain === undefined || plain.includes('%')) return undefined;
  const parsed = parsedIPv6(plain);
  if (parsed === undefined) return undefined;
  const digits = parsed.parts.map((part) => part.toString(16).padStart(4, '0')).join('');
  const value = BigInt(`0x${digits}`);
  if (value >> 32n === MAPPED_PREFIX) return addressFromValue(4, value & LOW_32);
  return { family: 6, value, text: parsed.toString() };
}

/** One parse: isValid would be another. */
function parsedIPv6(text: string): ipaddr.IPv6 | undefined {
  try {
    return ipaddr.IPv6.parse(text);
  } catch {
    return undefined;
  }
}

/** Rewrites a dotted quad at the end: ipaddr.js reads `::8.8.8.8` as a mapped address, and octal numbers in a quad. */
function withoutQuad(text: string): string | undefined {
  const quadAt = text.lastIndexOf(':') + 1;
  const quad = parseIPv4(text.slice(quadAt));
  if (quad === undefined) return undefined;
  return `${text.slice(0, quadAt)}${(quad.value >> 16n).toString(16)}:${(quad.value & 0xffffn).toString(16)}`;
}
