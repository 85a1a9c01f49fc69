import { openingRules, type WordRule, wordRules } from './words.ts';

/** An offence against the list of words: where it is, what is written there, and what to write instead. */
export interface Offence {
  line: number;
  found: string;
  write: string;
}

interface Passage {
  text: string;
  /** Offset in the file. */
  offset: number;
  /** A block comment, whose first words are checked as well. */
  isDoc?: boolean;
}

const CODE = /\.(?:ts|tsx|mjs|c|h|go)$/;
/** In a comment on the line, or on the line before: the word is right there. */
const ALLOW = 'words: allow';

/** Checks comments and strings of code, prose of Markdown, and everything in other texts (YAML, shell). */
export function findWords(path: string, text: string): Offence[] {
  const lines = text.split('\n');
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const allowed = (line: number) => [lines[line - 2], lines[line - 1]].some((each) => each?.includes(ALLOW));
  return passages(path, text)
    .flatMap(({ text: passage, offset, isDoc }) => [
      ...matches(passage, offset, wordRules),
      ...(isDoc ? matches(passage, offset, openingRules) : []),
    ])
    .map(({ at, ...rest }) => ({ line: lineOf(at), ...rest }))
    .filter(({ line }) => !allowed(line));
}

function matches(text: string, offset: number, rules: readonly WordRule[]) {
  // A word pair may be broken over two lines of a comment; positions stay as they are.
  const flat = text.replaceAll(/\n[ \t]*(?:\*|\/\/|#|>)?/g, (gap) => ' '.repeat(gap.length));
  const start = /^[\s/*]*/.exec(flat)?.[0].length ?? 0;
  return rules.flatMap(({ pattern, write }) => {
    const spaced = pattern.source.replaceAll(' ', '\\s+');
    if (spaced.startsWith('^')) {
      const opening = new RegExp(spaced, pattern.flags).exec(flat.slice(start));
      return opening === null ? [] : [{ at: offset + start, found: opening[0], write }];
    }
    return [...flat.matchAll(new RegExp(spaced, `${pattern.flags}g`))].map((match) => ({
      at: offset + match.index,
      found: match[0].replaceAll(/\s+/g, ' '),
      write,
    }));
  });
}

function passages(path: string, text: string): Passage[] {
  if (path.endsWith('.md')) return [{ text: withoutCode(text), offset: 0 }];
  if (!CODE.test(path)) return [{ text, offset: 0 }];
  return codePassages(text);
}

/** Markdown with its code blocks and code spans blanked out. */
function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```|`[^`\n]+`/gm, (code) => code.replaceAll(/[^\n]/g, ' '));
}

/**
 * Comments, strings and the text of elements. Code spans in comments are blanked out, and a string of one word is a name,
 * not a text.
 */
function codePassages(text: string): Passage[] {
  const tokens =
    /\/\*[\s\S]*?\*\/|(?:(?<=^|\s)\/\/[^\n]*(?:\n[ \t]*(?=\/\/))?)+|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|>[^<>{}\n]+</gm;
  return [...text.matchAll(tokens)]
    .map((match) => ({
      text: match[0].startsWith('/') ? withoutCode(match[0]) : match[0],
      offset: match.index,
      isDoc: match[0].startsWith('/**'),
    }))
    .filter(({ text: passage }) => /\s/.test(passage));
}
