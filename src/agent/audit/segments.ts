import { mkdirSync, statSync } from 'node:fs';
import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFileSync } from '../replace-file.ts';

/** A place in the log: after all lower segments and after `offset` bytes of this one. */
export interface Position {
  segment: number;
  offset: number;
}

export interface Batch {
  /** Whole lines without their line ends; one character for each byte. */
  lines: string[];
  /** Where the first line begins. */
  from: Position;
  /** Where the next batch begins. */
  next: Position;
  /** Bytes of an unfinished line at the end of a complete segment. */
  tornBytes: number;
  /** Number of segments that were deleted before they were read. */
  missing: number;
  /** More can be read immediately. */
  isFull: boolean;
}

/** Name of a segment, as the log relay writes it. */
const SEGMENT_NAME = /^(\d{10})\.log$/;
/** Bytes of one read. Longer than any line, which Squid cuts at 8 KB. */
const CHUNK = 64 << 10;

/**
 * The numbered segments that the log relay writes. It appends only to the highest, so a lower segment is complete and
 * may be deleted after it was printed. The highest is never deleted, since the relay continues its numbers from it,
 * without gaps.
 */
export class Segments {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads the lines after a position; undefined if there is no new line. */
  async read(from: Position): Promise<Batch | undefined> {
    if (this.#isLast(from)) return undefined;
    // Listed before the read: a segment that has a successor by then is complete.
    const numbers = await this.#numbers();
    const at = numbers.find((number) => number >= from.segment);
    if (at === undefined) return undefined;
    const offset = at === from.segment ? from.offset : 0;
    const begin = { segment: at, offset };
    const missing = from.segment === 0 ? 0 : at - from.segment;
    const chunk = await this.#chunk(at, offset);
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end > 0) {
      const lines = chunk.toString('latin1', 0, end - 1).split('\n');
      const next = { segment: at, offset: offset + end };
      return { lines, from: begin, next, tornBytes: 0, missing, isFull: chunk.length === CHUNK };
    }
    const successor = numbers.find((number) => number > at);
    if (successor === undefined) return undefined;
    return {
      lines: [],
      from: begin,
      next: { segment: successor, offset: 0 },
      tornBytes: chunk.length,
      missing,
      isFull: true,
    };
  }

  /** Deletes the segments before a position. */
  async deleteBefore({ segment }: Position): Promise<void> {
    const done = (await this.#numbers()).filter((number) => number < segment);
    for (const number of done) await unlink(this.#path(number));
  }

  /**
   * Whether a position is the end of the log. Two system calls, since it is asked ten times a second while nothing is
   * logged: listing the folder and reading through the thread pool took a third of an idle agent's processor time.
   */
  #isLast({ segment, offset }: Position): boolean {
    return this.#size(segment) === offset && this.#size(segment + 1) === undefined;
  }

  #size(number: number): number | undefined {
    return statSync(this.#path(number), { throwIfNoEntry: false })?.size;
  }

  async #chunk(number: number, offset: number): Promise<Buffer> {
    const file = await open(this.#path(number));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Empty before the first start of the relay. */
  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const numbers = names.map((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? Number.NaN));
    return numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
  }

  #path(number: number): string {
    return join(this.#folder, `${String(number).padStart(10, '0')}.log`);
  }
}

/** Name of the file in which the log relay reads the cap (src/relay/segments.h). */
const CAP_FILE = 'max-bytes';

/** Sets the most bytes that all segments together may have; beyond them the log relay loses lines. */
export function writeLogCap(folder: string, bytes: number): void {
  const path = join(folder, CAP_FILE);
  mkdirSync(folder, { recursive: true });
  replaceFileSync(path, `${bytes}\n`);
}
