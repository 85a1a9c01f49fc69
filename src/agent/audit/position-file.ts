import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { writeWholeSync } from '../replace-file.ts';
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

/**
 * Stores where a reader continues after a restart. The file gets its full length when it is opened: later writes replace
 * bytes that it has, which succeeds on a full disk, too. A failed write is reported, and the reader continues: only a kill
 * before the next successful write makes it read lines again.
 */
export class PositionFile {
  readonly #fd: number;
  readonly #onFailed: (error: unknown) => void;
  #checkpoint: Checkpoint;

  constructor(path: string, onFailed: (error: unknown) => void) {
    this.#onFailed = onFailed;
    this.#checkpoint = readCheckpoint(path);
    closeSync(openSync(path, 'a+'));
    this.#fd = openSync(path, 'r+');
    if (fstatSync(this.#fd).size < LENGTH) this.#write();
  }

  get position(): Checkpoint {
    return this.#checkpoint;
  }

  advance(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint;
    this.#write();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(): void {
    try {
      const text = `${JSON.stringify(this.#checkpoint).padEnd(LENGTH - 1)}\n`;
      writeWholeSync(this.#fd, Buffer.from(text, 'latin1'), 0);
    } catch (error) {
      this.#onFailed(error);
    }
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
