import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type QuestionField, questionFields } from '../../proxy/squid-formats.ts';

/** One request, as Squid asks about it. */
export interface Question {
  /** All that the decision depends on, as Squid wrote it: equal for equal requests of one client. */
  asked: string;
  /** Comes back in front of the answer. */
  channel: string;
  /** The client's address in its canonical spelling, IPv4-mapped as IPv4. */
  source: string;
  sourcePort: number;
  method: string;
  /** Undefined for CONNECT. */
  scheme: string | undefined;
  /** Still encoded: the rules decode it, once. Squid has straightened some spellings (FACTS.md). */
  host: string;
  /** As Squid says it: digits, or `-` where there is none. */
  port: string;
}

/** Where each field stands behind the channel. */
const places = Object.fromEntries(questionFields.map(({ name }, index) => [name, index])) as Record<
  QuestionField,
  number
>;

/** A line that is no question gives undefined: nobody could be answered. */
export function parseQuestion(line: string): Question | undefined {
  const [channel = '', ...words] = line.split(' ');
  if (!/^\d+$/.test(channel) || words.length < questionFields.length) return undefined;
  const raw = (name: QuestionField): string => words[places[name]] ?? '-';
  const field = (name: QuestionField): string => decode(raw(name));
  const scheme = field('scheme');
  return {
    asked: `${raw('source')} ${raw('method')} ${raw('scheme')} ${raw('host')} ${raw('port')}`,
    channel,
    source: canonicalAddress(field('source')),
    sourcePort: Number(raw('sourcePort')),
    method: field('method'),
    scheme: scheme === '-' ? undefined : scheme,
    host: raw('host'),
    port: field('port'),
  };
}

/** An address in the one spelling that identity compares; what is none stays as it is. */
export function canonicalAddress(text: string): string {
  if (/^[\d.]+$/.test(text)) return text;
  const bare = text.replace(/^\[|\]$/g, '');
  return isIP(bare) === 6 ? ipaddr.process(bare).toString() : bare;
}

/** Bytes that are no UTF-8 stay encoded: no rule can name such a host. */
function decode(word: string): string {
  if (!word.includes('%')) return word;
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
