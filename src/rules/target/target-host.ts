import { type AddressRange, parseAddress, parseRange, singleAddress } from '../address/index.ts';
import { clip, type TextFault, textFault } from '../fault.ts';
import { readHost } from './host-name.ts';
import { sharedBelow } from './shared-below.ts';
import type { Target } from './target.ts';
import type { TargetShape } from './target-shape.ts';

type WithoutPort<T> = T extends unknown ? Omit<T, 'port'> : never;
export type TargetHost = WithoutPort<Target>;

export type ReadTargetHost =
  | { ok: true; host: TargetHost }
  /** `meant`: the host that a suggestion can name. */
  | { ok: false; fault: TextFault; meant?: TargetHost };

export function readTargetHost(shape: TargetShape): ReadTargetHost {
  const { host, bracketed, prefix } = shape;
  if (prefix !== undefined) return readRange(host, prefix);
  if (host.includes(':')) return readIPv6(host, bracketed);
  if (bracketed) return notIPv6(host, bracketed);
  if (host === '*') return { ok: true, host: { kind: 'any' } };
  if (host.includes('*', 1)) return readPattern(host);
  if (host.startsWith('*.')) return readBelow('subdomains', host.slice(2), host);
  if (host.startsWith('.')) return readBelow('domain', host.slice(1), host);
  if (host.includes('*')) return readPattern(host);
  return readSingle(host);
}

function readSingle(text: string): ReadTargetHost {
  const read = readHost(text);
  if (read.kind === 'malformed') return { ok: false, fault: read.fault };
  if (read.kind === 'name') return { ok: true, host: { kind: 'exact', name: read.name } };
  const host: TargetHost = { kind: 'range', range: singleAddress(read.address) };
  if (text === read.address.text) return { ok: true, host };
  return { ok: false, fault: oddSpelling(text, read.address.text), meant: host };
}

function readBelow(kind: 'subdomains' | 'domain', name: string, text: string): ReadTargetHost {
  const read = readHost(name);
  if (read.kind === 'name') return { ok: true, host: { kind, name: read.name } };
  if (read.kind === 'malformed')
    return {
      ok: false,
      fault: name === '' ? textFault('EmptyLabel', `"${clip(text)}" has no name after its dot`) : read.fault,
    };
  return {
    ok: false,
    fault: textFault('WildcardMisplaced', 'an address has no names below it; use a CIDR range'),
  };
}

/** One asterisk, and the characters of a name, which begins and ends with no hyphen. */
const STARRED_LABEL = /^(?:[a-z\d_][a-z\d_-]*)?\*(?:[a-z\d_-]*[a-z\d_])?$/;
/** Characters of the longest label and its asterisk, which may match none. */
const LONGEST_STARRED = 64;

/** Reads a name with asterisks within labels. The other labels are read as those of any name. */
function readPattern(text: string): ReadTargetHost {
  const labels = text.toLowerCase().replace(/\.$/, '').split('.');
  const isStarred = (label: string) => label.includes('*');
  const starred = labels.filter(isStarred);
  if (labels.findLastIndex(isStarred) === labels.length - 1) return misplaced(text);
  if (starred.some((label) => !STARRED_LABEL.test(label) || label.length > LONGEST_STARRED))
    return misplaced(text);
  const read = readHost(labels.map((label) => (isStarred(label) ? 'x' : label)).join('.'));
  if (read.kind === 'malformed') return { ok: false, fault: read.fault };
  const canonical = read.kind === 'name' ? read.name.split('.') : [];
  // IDNA takes other characters for dots, too.
  if (canonical.length !== labels.length) return misplaced(text);
  const name = canonical.map((label, index) => (isStarred(labels[index] ?? '') ? labels[index] : label));
  return { ok: true, host: { kind: 'pattern', name: name.join('.') } };
}

/**
 * The best guess is every name below the last label with an asterisk, unless those are several owners': a suggestion must not
 * allow what its author did not mean.
 */
function misplaced(text: string): ReadTargetHost {
  const labels = text.split('.');
  const after = labels.slice(labels.findLastIndex((label) => label.includes('*')) + 1).join('.');
  const read = readHost(after);
  const fault = textFault(
    'WildcardMisplaced',
    `"${clip(text)}" has an asterisk in the wrong place; allowed are *.name:port, .name:port, *:port, and one asterisk in each label but the last, such as *-files.name:port`,
  );
  return read.kind === 'name' && read.name.includes('.') && sharedBelow(read.name) === undefined
    ? { ok: false, fault, meant: { kind: 'subdomains', name: read.name } }
    : { ok: false, fault };
}

function readIPv6(text: string, bracketed: boolean): ReadTargetHost {
  const address = parseAddress(text);
  if (address === undefined) return notIPv6(text, bracketed);
  const host: TargetHost = { kind: 'range', range: singleAddress(address) };
  if (address.family === 4) return { ok: false, fault: oddSpelling(text, address.text), meant: host };
  if (bracketed) return { ok: true, host };
  const fault = textFault('AddressSpelling', `the IPv6 address ${address.text} needs brackets`);
  return { ok: false, fault, meant: host };
}

function notIPv6(text: string, bracketed: boolean): ReadTargetHost {
  if (!bracketed)
    return { ok: false, fault: textFault('NameInvalid', `"${clip(text)}" has ":" in its name`) };
  const read = readSingle(text);
  const fault = textFault(
    'AddressSpelling',
    `"[${clip(text)}]": brackets are only for IPv6 addresses, without a zone`,
  );
  const meant = read.ok ? read.host : read.meant;
  return meant === undefined ? { ok: false, fault } : { ok: false, fault, meant };
}

function readRange(text: string, prefix: string): ReadTargetHost {
  const network = spelledNetwork(text);
  const parsed = parseRange(`${network ?? text}/${prefix}`);
  const meant = parsed.ok ? parsed.range : meantRange(parsed.fault);
  const fault = !parsed.ok
    ? parsed.fault
    : network === undefined
      ? undefined
      : oddSpelling(`${text}/${prefix}`, parsed.range.text);
  if (fault === undefined && meant !== undefined) return { ok: true, host: { kind: 'range', range: meant } };
  const shown =
    fault ??
    textFault('CidrInvalid', `"${clip(text)}/${prefix}" is not an address range, such as 192.0.2.0/24`);
  return meant === undefined
    ? { ok: false, fault: shown }
    : { ok: false, fault: shown, meant: { kind: 'range', range: meant } };
}

/**
 * Reads the network of a range in an unusual spelling. A short form is filled up with zeros, since it has another meaning
 * in a range: 10.1/16 is 10.1.0.0/16, not 10.0.0.1/16.
 */
function spelledNetwork(text: string): string | undefined {
  if (parseAddress(text) !== undefined) return undefined;
  if (/^\d{1,3}(\.\d{1,3}){0,2}$/.test(text)) return `${text}${'.0'.repeat(4 - text.split('.').length)}`;
  const read = readHost(text);
  return read.kind === 'address' ? read.address.text : undefined;
}

function meantRange({ suggestion }: TextFault): AddressRange | undefined {
  const parsed = suggestion === undefined ? undefined : parseRange(suggestion);
  return parsed?.ok ? parsed.range : undefined;
}

function oddSpelling(text: string, canonical: string): TextFault {
  return textFault('AddressSpelling', `"${clip(text)}" is an unusual spelling of ${canonical}`);
}
