import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Position } from './segments.ts';

/** How far a reader of the segments has come, and what it must know of its own output after a kill. */
export interface Mark extends Position {
  /** Bytes of the file that it writes to. */
  size?: number;
  /** A line is being written that a kill can cut in two. */
  cuttable?: true;
  /** It has ended by itself: nothing can have been written that is not counted here. */
  ended?: true;
}

const START: Mark = { segment: 0, offset: 0 };
/** Bytes: one write of a fixed length, so that a kill leaves the old mark or the new one. */
const LENGTH = 128;

/** Where a reader goes on after a restart. */
export class PositionFile {
  readonly #fd: number;
  #mark: Mark;

  constructor(path: string) {
    this.#mark = readMark(path);
    this.#fd = openSync(path, 'a+');
    closeSync(this.#fd);
    this.#fd = openSync(path, 'r+');
  }

  get position(): Mark {
    return this.#mark;
  }

  advance(mark: Mark): void {
    this.#mark = mark;
    writeSync(this.#fd, `${JSON.stringify(mark).padEnd(LENGTH - 1)}\n`, 0, 'latin1');
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readMark(path: string): Mark {
  try {
    const mark = JSON.parse(readFileSync(path, 'latin1')) as Mark;
    return Number.isSafeInteger(mark.segment) && Number.isSafeInteger(mark.offset) ? mark : START;
  } catch {
    return START;
  }
}
