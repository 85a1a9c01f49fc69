import { appendFileSync, readFileSync } from 'node:fs';
import type { Log } from '../../telemetry/index.ts';
import { replaceFileSync } from '../replace-file.ts';
import type { NamesJournal } from './resolvable-names.ts';

interface Entry {
  name: string;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Last word of a line that was written whole. */
const END = '.';
/** Lines after which the file is rewritten without expired ones. */
const LONGEST = 100_000;

/** The journal of resolvable names: lines of `<until> <name> .`. A failed write is logged and otherwise ignored. */
export class NamesFile implements NamesJournal {
  readonly #path: string;
  readonly #now: () => number;
  readonly #log: Log;
  #lines = 0;

  constructor(path: string, now: () => number, log: Log) {
    this.#path = path;
    this.#now = now;
    this.#log = log;
  }

  /** Returns the entries that have not expired, and rewrites the file with them only. */
  read(): Entry[] {
    const entries = this.#live();
    this.#attempt(() => replaceFileSync(this.#path, entries.map(formatEntry).join('')));
    this.#lines = entries.length;
    return entries;
  }

  append(entry: Entry): void {
    if (this.#lines >= LONGEST) this.read();
    this.#attempt(() => appendFileSync(this.#path, formatEntry(entry)));
    this.#lines += 1;
  }

  #live(): Entry[] {
    let text = '';
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch {
      // The first start.
    }
    const byName = new Map<string, Entry>();
    for (const line of text.split('\n')) {
      const [until = '', name = '', end] = line.split(' ');
      // A full disk cuts a line: it has no end, or the next line's beginning in it.
      if (end === END && Number(until) > this.#now()) byName.set(name, { name, until: Number(until) });
    }
    return [...byName.values()];
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (err) {
      this.#log.warn({ err }, 'the journal of resolvable names cannot be written');
    }
  }
}

function formatEntry({ name, until }: Entry): string {
  return `${until} ${name} ${END}\n`;
}
