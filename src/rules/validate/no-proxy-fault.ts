import { parseRange } from '../address/index.ts';
import { clip, type TextFault, textFault } from '../fault.ts';
import { readHost } from '../target/index.ts';

/**
 * The fault of an entry of NO_PROXY. Valid are a name, `.name`, `*.name`, an address and a CIDR range, and a port after a
 * name or address. Clients read a single `*` as "use no proxy at all".
 */
export function noProxyFault(entry: string): TextFault | undefined {
  if (entry.trim() === '') return textFault('Required', 'the entry is empty');
  if (/[\s,]/.test(entry))
    return textFault('Whitespace', 'write one name or range as an entry, without spaces and commas');
  if (entry === '*' || entry === '.' || entry === '*.')
    return textFault(
      'WildcardMisplaced',
      `"${entry}" would disable the proxy for every destination; name the hosts or ranges`,
    );
  if (entry.includes('/') || isAddress(entry)) return rangeFault(entry);
  const read = readHost(entry.replace(/^\*?\./, '').replace(/:\d{1,5}$/, ''));
  return read.kind === 'malformed' ? read.fault : undefined;
}

function isAddress(entry: string): boolean {
  return /^\[.*\]$/.test(entry) || entry.split(':').length > 2;
}

function rangeFault(entry: string): TextFault | undefined {
  const parsed = parseRange(entry.replace(/^\[(.*)\]$/, '$1'));
  if (!parsed.ok) return parsed.fault;
  return parsed.range.prefix === 0
    ? textFault(
        'WildcardMisplaced',
        `"${clip(entry)}" would disable the proxy for every destination; name the hosts or ranges`,
      )
    : undefined;
}
