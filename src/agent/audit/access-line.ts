import { type AccessLogField, accessLogFields } from '../../proxy/squid-formats.ts';
import { decodeWord } from '../decode-word.ts';

/** The decoded fields of one line of Squid's log. A field that is empty or `-` is undefined. */
export type AccessLine = { readonly [Field in AccessLogField]?: string | undefined };

/** A line whose fields are decoded on access, since most readers use only some of them. */
export interface ParsedLine extends AccessLine {
  /** The line as Squid wrote it. */
  readonly line: string;
}

/** Notes to which Squid's own rules may add a word; the last word is the value. */
const LAST_WORD: ReadonlySet<AccessLogField> = new Set(['verdict', 'reason']);

const ParsedLine = class {
  readonly line: string;
  readonly words: readonly string[];

  constructor(line: string, words: readonly string[]) {
    this.line = line;
    this.words = words;
  }
};

for (const [index, { name }] of accessLogFields.entries()) {
  const read = name === 'host' ? readHostWord : LAST_WORD.has(name) ? readLastWord : readWord;
  Object.defineProperty(ParsedLine.prototype, name, {
    get(this: InstanceType<typeof ParsedLine>) {
      return read(this.words[index]);
    },
  });
}

/** Undefined for a line of another format. Squid may cut a long line, but only in its last field. */
export function parseAccessLine(line: string): ParsedLine | undefined {
  const words = line.split('\t');
  if (words.length !== accessLogFields.length || !/^\d+\.\d+$/.test(words[0] ?? '')) return undefined;
  return new ParsedLine(line, words) as ParsedLine;
}

function readWord(word = '-'): string | undefined {
  return word === '-' || word === '' ? undefined : decodeWord(word);
}

function readLastWord(word: string | undefined): string | undefined {
  const value = readWord(word);
  return value?.slice(value.lastIndexOf(',') + 1);
}

/**
 * A host whose bytes are not UTF-8 is as in Squid's question to the agent, which escapes them and not the percent sign: the
 * rules read both as one, so that the audit log names the target that was decided about.
 */
function readHostWord(word: string | undefined): string | undefined {
  const host = readWord(word);
  return host === word ? host?.replaceAll('%25', '%') : host;
}

/** What the log relay writes in the place of missing lines. */
const LOST_RECORD = /^!lost (\d+)$/;

/** What the log relay writes before the first line of a Squid: when that was started, milliseconds since the epoch. */
const START_RECORD = /^!start (\d+)$/;

/** When the Squid was started whose lines follow; undefined for any other line. */
export function parseStart(text: string): number | undefined {
  const at = START_RECORD.exec(text)?.[1];
  return at === undefined ? undefined : Number(at);
}

/** Number of requests whose lines are missing in the place of this one; an unreadable line counts as one. */
export function countLostLines(text: string): number {
  return Number(LOST_RECORD.exec(text)?.[1] ?? 1);
}
