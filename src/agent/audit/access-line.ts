import { type AccessLogField, accessLogFields } from '../../proxy/squid-formats.ts';

/** The fields of one line of Squid's log, decoded; those that are empty or `-` are left out. */
export type AccessLine = { readonly [Field in AccessLogField]?: string };

/** Notes that Squid's own rules may add to: the last word counts. */
const LAST_WORD: ReadonlySet<AccessLogField> = new Set(['verdict', 'reason']);

/** Undefined for what is no line of our format. Squid may cut a long line, but only in its last field. */
export function parseAccessLine(line: string): AccessLine | undefined {
  const words = line.split('\t');
  if (words.length !== accessLogFields.length || !/^\d+\.\d+$/.test(words[0] ?? '')) return undefined;
  const found: { [Field in AccessLogField]?: string } = {};
  for (const [index, { name }] of accessLogFields.entries()) {
    const word = words[index] ?? '-';
    if (word === '-' || word === '') continue;
    const value = decode(word);
    found[name] = LAST_WORD.has(name) ? value.slice(value.lastIndexOf(',') + 1) : value;
  }
  return found;
}

/** A cut or a client's own bytes can be no UTF-8: then the text stays encoded. */
function decode(word: string): string {
  if (!word.includes('%')) return word;
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
