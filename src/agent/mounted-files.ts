import { readFileSync } from 'node:fs';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';

/** Milliseconds: the kubelet itself takes up to a minute to renew a mounted Secret. */
const LOOK = 5000;

export interface FollowFilesOptions {
  paths: readonly string[];
  /** Told of the contents whenever they are not what they were. What it throws is logged, and tried again. */
  onChange: (contents: string[]) => void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Follows files of a mounted Secret. Watching does not survive the kubelet's exchange of the folder behind a symbolic
 * link, so they are read again and again. While one is missing nothing is told.
 */
export function followFiles({ paths, onChange, clock, log, signal }: FollowFilesOptions): void {
  let told: string | undefined;
  const look = () => {
    if (signal.aborted) return;
    try {
      const contents = paths.map(readIfThere).filter((content) => content !== undefined);
      const joined = contents.join('\0');
      if (contents.length === paths.length && joined !== told) {
        onChange(contents);
        told = joined;
      }
    } catch (err) {
      log.warn({ err, paths }, 'a mounted file cannot be used');
    }
    clock.after(LOOK, look);
  };
  look();
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
