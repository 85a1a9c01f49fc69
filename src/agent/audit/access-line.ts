import { type AccessLogField, accessLogFields } from '../../proxy/squid-formats.ts';

/** The fields of one line of Squid's log, decoded; those that are empty or `-` are undefined. */
export type AccessLine = { readonly [Field in AccessLogField]?: string | undefined };

/** A line as Squid wrote it: a field is decoded when it is asked for, since most readers want some of the many. */
export interface ParsedLine extends AccessLine {
  /** The whole line. */
  readonly line: string;
}

/** Notes that Squid's own rules may add to: the last word counts. */
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
  const read = LAST_WORD.has(name) ? readLastWord : readWord;
  Object.defineProperty(ParsedLine.prototype, name, {
    get(this: InstanceType<typeof ParsedLine>) {
      return read(this.words[index]);
    },
  });
}

/** Undefined for what is no line of our format. Squid may cut a long line, but only in its last field. */
export function parseAccessLine(line: string): ParsedLine | undefined {
  const words = line.split('\t');
  if (words.length !== accessLogFields.length || !/^\d+\.\d+$/.test(words[0] ?? '')) return undefined;
  return new ParsedLine(line, words) as ParsedLine;
}

function readWord(word = '-'): string | undefined {
  return word === '-' || word === '' ? undefined : decode(word);
}

function readLastWord(word: string | undefined): string | undefined {
  const value = readWord(word);
  return value?.slice(value.lastIndexOf(',') + 1);
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
