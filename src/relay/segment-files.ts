import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SegmentStore } from './segment-log.ts';

/** `0000000042.log`: so many digits that names sort as their numbers for ever. */
export const SEGMENT_NAME = /^(\d{10})\.log$/;
/** The agent writes the cap into this file: a number of bytes. */
export const CAP_FILE = 'max-bytes';
const DEFAULT_CAP = 64 << 20;

/** Segments as files of a folder, which is made when it is not there. Text is written byte for byte (latin1). */
export class SegmentFiles implements SegmentStore {
  readonly #folder: string;
  #fd: number | undefined;
  #size = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  heldBytes(): number {
    return this.#names().reduce((sum, name) => sum + this.#sizeOf(name), 0);
  }

  maxBytes(): number {
    try {
      return Number.parseInt(readFileSync(join(this.#folder, CAP_FILE), 'utf8'), 10) || DEFAULT_CAP;
    } catch {
      return DEFAULT_CAP;
    }
  }

  begin(): void {
    const newest = this.#names().at(-1);
    const number = newest === undefined ? 1 : Number.parseInt(newest, 10) + 1;
    const fd = openSync(join(this.#folder, `${String(number).padStart(10, '0')}.log`), 'ax');
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = fd;
    this.#size = 0;
  }

  append(text: string): void {
    if (this.#fd === undefined) throw new Error('no segment was begun');
    const bytes = Buffer.from(text, 'latin1');
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
    } catch (error) {
      // A disk that fills up in the middle leaves no half line behind.
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  #names(): string[] {
    return readdirSync(this.#folder)
      .filter((name) => SEGMENT_NAME.test(name))
      .sort();
  }

  /** 0 for a segment that the agent has deleted in between. */
  #sizeOf(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
}
