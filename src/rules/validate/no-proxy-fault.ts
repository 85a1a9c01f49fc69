import { parseRange } from '../address/index.ts';
import { clip, type TextFault, textFault } from '../fault.ts';
import { readHost } from '../target/index.ts';

/**
 * What is wrong with an entry of NO_PROXY: a name, `.name`, `*.name`, an address or a CIDR range, a name or address
 * with a port if need be. Clients take a lone `*` for "no proxy at all".
 */
export function noProxyFault(entry: string): TextFault | undefined {
  if (entry.trim() === '') return textFault('Required', 'the entry is empty');
  if (/[\s,]/.test(entry))
    return textFault('Whitespace', 'one name or range an entry, without spaces and commas');
  if (entry === '*' || entry === '.' || entry === '*.')
    return textFault('WildcardMisplaced', `"${entry}" would switch the proxy off; name what goes direct`);
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
    ? textFault('WildcardMisplaced', `"${clip(entry)}" would switch the proxy off; name what goes direct`)
    : undefined;
}
