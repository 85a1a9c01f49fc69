import { readFileSync } from 'node:fs';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';

/** Milliseconds between two reads. The kubelet takes up to a minute to renew a mounted Secret. */
const POLL = 5000;

export interface MountedFilesOptions {
  paths: readonly string[];
  /** Called with the contents when they have changed. If it throws, it is called again after the next read. */
  onChange: (contents: string[]) => void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Reads files of a mounted Secret regularly: a watch would end when the kubelet exchanges the folder behind its symbolic
 * link. While a file is missing, `onChange` is not called.
 */
export function watchMountedFiles({ paths, onChange, clock, log, signal }: MountedFilesOptions): void {
  let last: string | undefined;
  const read = () => {
    if (signal.aborted) return;
    try {
      const contents = paths.map(readIfThere).filter((content) => content !== undefined);
      const joined = contents.join('\0');
      if (contents.length === paths.length && joined !== last) {
        onChange(contents);
        last = joined;
      }
    } catch (err) {
      log.warn({ err, paths }, 'mounted files cannot be used; they are read again');
    }
    clock.after(POLL, read);
  };
  read();
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
