import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
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
const LENGTH = 160;

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
      const stored = { ...this.#checkpoint, crc32: checksum(this.#checkpoint) };
      const text = `${JSON.stringify(stored).padEnd(LENGTH - 1)}\n`;
      writeWholeSync(this.#fd, Buffer.from(text, 'latin1'), 0);
    } catch (error) {
      this.#onFailed(error);
    }
  }
}

/** The start if the file is missing, altered or without its checksum: lines are read again, and none is left out. */
function readCheckpoint(path: string): Checkpoint {
  try {
    const found = JSON.parse(readFileSync(path, 'latin1')) as Checkpoint & { crc32: number };
    const checkpoint = fieldsOf(found);
    const isWhole = found.crc32 === checksum(checkpoint);
    return isWhole && [checkpoint.segment, checkpoint.offset].every(isPosition) ? checkpoint : START;
  } catch {
    return START;
  }
}

const isPosition = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const checksum = (checkpoint: Checkpoint): number => crc32(JSON.stringify(fieldsOf(checkpoint)));

/** Always in the same order. */
const fieldsOf = ({ segment, offset, size, cuttable, ended }: Checkpoint): Checkpoint => ({
  segment,
  offset,
  ...(size !== undefined && { size }),
  ...(cuttable && { cuttable }),
  ...(ended && { ended }),
});
