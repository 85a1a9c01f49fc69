import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** How far the log has been printed: all of lower segments, and so many bytes of this one. */
export interface Position {
  segment: number;
  offset: number;
}

export interface Batch {
  /** Whole lines, without their ends; a byte is a character. */
  lines: string[];
  /** Where the first of them begins. */
  from: Position;
  /** Where the next batch begins. */
  next: Position;
  /** Bytes of a line without an end in a segment that nobody writes to any more. */
  tornBytes: number;
  /** Segments that were deleted unread. */
  missing: number;
  /** There is more to be read at once. */
  isFull: boolean;
}

/** As the log relay names them. */
const SEGMENT_NAME = /^(\d{10})\.log$/;
/** Bytes read at once. Longer than any line, which Squid cuts at 8 KB. */
const CHUNK = 64 << 10;

/**
 * The numbered segments that the log relay writes. It appends only to the highest; so a segment below it is whole,
 * and may be deleted when it has been printed. The highest never is: it carries the numbering on.
 */
export class Segments {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The lines behind a position; undefined when there is nothing new. */
  async read(from: Position): Promise<Batch | undefined> {
    // Listed before it is read: a segment that has a successor then is complete.
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

  /** Deletes what lies wholly before a position. */
  async deleteBefore({ segment }: Position): Promise<void> {
    const done = (await this.#numbers()).filter((number) => number < segment);
    for (const number of done) await unlink(this.#path(number));
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

  /** None before the relay's first start. */
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
