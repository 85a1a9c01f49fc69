import { write } from 'node:fs';
import { promisify } from 'node:util';

const writeSome = promisify(write);
/** Milliseconds; only where stdout was made non-blocking by someone else. */
const TRY_AGAIN = 10;

/**
 * Writes to a file descriptor outside the event loop: a log collector that stands still holds up the audit log, and
 * no decision. Resolves when the kernel has all of it, so nothing is left behind at exit.
 */
export async function printTo(fd: number, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += (await writeSome(fd, bytes, written)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN));
    }
  }
}
