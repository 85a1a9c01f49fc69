import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Writes a text. Returns undefined if the kernel took all of it, else a promise; the wait blocks no other work. A text
 * of at most ATOMIC bytes is written whole or not at all, even if the process is killed.
 */
export type Output = (text: string) => Promise<void> | undefined;

/** Bytes: PIPE_BUF of Linux. */
export const ATOMIC = 4096;
/** Milliseconds between two attempts while the pipe is full. */
const TRY_AGAIN = 10;

const writeSome = promisify(write);

/**
 * Opens the pipe or file of a descriptor again, without blocking: a log collector that does not read delays the audit
 * log and no decision. The flags of the descriptor itself are not changed, since other processes share it.
 */
export function openOutput(fd: number): Output {
  const own = reopen(fd);
  return own === undefined ? (text) => writeSlowly(fd, Buffer.from(text), 0) : (text) => writeNow(own, text);
}

/** Undefined for a socket, which cannot be opened, and without /proc. */
function reopen(fd: number): number | undefined {
  const { O_WRONLY, O_NONBLOCK, O_APPEND } = constants;
  const append = fstatSync(fd).isFile() ? O_APPEND : 0;
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | append);
  } catch {
    return undefined;
  }
}

function writeNow(fd: number, text: string): Promise<void> | undefined {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (!isFull(error)) throw error;
      return writeSlowly(fd, bytes, written);
    }
  }
  return undefined;
}

/** Writes on a thread of libuv, outside the event loop. */
async function writeSlowly(fd: number, bytes: Buffer, from: number): Promise<void> {
  let written = from;
  while (written < bytes.length) {
    try {
      written += (await writeSome(fd, bytes, written)).bytesWritten;
    } catch (error) {
      if (!isFull(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN));
    }
  }
}

function isFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN';
}
