import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Position } from './segments.ts';

const START: Position = { segment: 0, offset: 0 };
/** Bytes: one write of a fixed length, so that a kill leaves the old position or the new one. */
const LENGTH = 64;

/** Where printing goes on after a restart. */
export class PositionFile {
  readonly #fd: number;
  #position: Position;

  constructor(path: string) {
    this.#position = readPosition(path);
    this.#fd = openSync(path, 'a+');
    closeSync(this.#fd);
    this.#fd = openSync(path, 'r+');
  }

  get position(): Position {
    return this.#position;
  }

  advance(position: Position): void {
    this.#position = position;
    writeSync(this.#fd, `${JSON.stringify(position).padEnd(LENGTH - 1)}\n`, 0, 'latin1');
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readPosition(path: string): Position {
  try {
    const { segment, offset } = JSON.parse(readFileSync(path, 'latin1')) as Position;
    return Number.isSafeInteger(segment) && Number.isSafeInteger(offset) ? { segment, offset } : START;
  } catch {
    return START;
  }
}
