import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Position } from './segments.ts';

/** Progress of a reader of the segments, and what it has to know about its own output after a kill. */
export interface Checkpoint extends Position {
  /** Bytes of the file that the reader writes. */
  size?: number;
  /** The reader writes a line that a kill can cut in two. */
  cuttable?: true;
  /** The reader ended by itself: the position covers everything that it wrote. */
  ended?: true;
}

const START: Checkpoint = { segment: 0, offset: 0 };
/** Bytes: one write of a fixed length, so that a kill leaves the old checkpoint or the new one. */
const LENGTH = 128;

/** Stores where a reader continues after a restart. */
export class PositionFile {
  readonly #fd: number;
  #checkpoint: Checkpoint;

  constructor(path: string) {
    this.#checkpoint = readCheckpoint(path);
    this.#fd = openSync(path, 'a+');
    closeSync(this.#fd);
    this.#fd = openSync(path, 'r+');
  }

  get position(): Checkpoint {
    return this.#checkpoint;
  }

  advance(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint;
    writeSync(this.#fd, `${JSON.stringify(checkpoint).padEnd(LENGTH - 1)}\n`, 0, 'latin1');
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readCheckpoint(path: string): Checkpoint {
  try {
    const checkpoint = JSON.parse(readFileSync(path, 'latin1')) as Checkpoint;
    return Number.isSafeInteger(checkpoint.segment) && Number.isSafeInteger(checkpoint.offset)
      ? checkpoint
      : START;
  } catch {
    return START;
  }
}
