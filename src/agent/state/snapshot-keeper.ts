import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { writeSnapshot } from './snapshot-file.ts';

export interface SnapshotKeeperOptions {
  path: string;
  entries: () => Iterable<unknown>;
  clock: Clock;
  log: Log;
  /** Called when a write has failed. The file of the last successful write stays. */
  onFailed: () => void;
  /** Milliseconds from the first change until the write that contains it. */
  delayMs?: number;
}

const DELAY = 2000;

/** Keeps a snapshot on disk current: one write for the changes of a few seconds, never two writes at a time. */
export class SnapshotKeeper {
  readonly #options: Required<SnapshotKeeperOptions>;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #changed = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = { delayMs: DELAY, ...options };
  }

  changed(): void {
    this.#changed = true;
    if (this.#cancel !== undefined || this.#writing !== undefined) return;
    this.#cancel = this.#options.clock.after(this.#options.delayMs, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }

  /** Resolves when the current state is on disk. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#writing;
    if (!this.#changed) return;
    this.#changed = false;
    this.#writing = this.#write();
    await this.#writing;
    this.#writing = undefined;
    if (this.#changed) this.changed();
  }

  async #write(): Promise<void> {
    const { path, entries, clock, log, onFailed } = this.#options;
    try {
      await writeSnapshot(path, new Date(clock.now()).toISOString(), entries());
    } catch (err) {
      log.warn({ err, path }, 'the snapshot could not be written; the last good one stays');
      onFailed();
    }
  }
}
