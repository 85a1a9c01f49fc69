import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Takes all of a text. Nothing is returned when the kernel has it already; a promise where it has to wait, which holds
 * up nothing else. What is at most ATOMIC bytes long is taken whole or not at all, also by a process that is killed.
 */
export type Output = (text: string) => Promise<void> | undefined;

/** PIPE_BUF of Linux. */
export const ATOMIC = 4096;
/** Milliseconds between two attempts while the reader at the other end stands still. */
const TRY_AGAIN = 10;

const writeSome = promisify(write);

/**
 * The pipe or file of a descriptor, opened anew so that it never blocks: a log collector that stands still holds up the
 * audit log, and no decision. The descriptor itself stays as it is, since others hold it too.
 */
export function openOutput(fd: number): Output {
  const own = reopen(fd);
  return own === undefined ? (text) => writeSlowly(fd, Buffer.from(text), 0) : (text) => writeNow(own, text);
}

/** Undefined for a socket, which cannot be opened, and where /proc is not there. */
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

/** Outside the event loop. */
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
