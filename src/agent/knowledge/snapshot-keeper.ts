import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { writeSnapshot } from './snapshot-file.ts';

export interface SnapshotKeeperOptions {
  path: string;
  entries: () => Iterable<unknown>;
  clock: Clock;
  log: Log;
  /** Milliseconds between the first change and the write that holds it. */
  delayMs?: number;
}

const DELAY = 2000;

/** Keeps the snapshot on disk near what is known: one write for all the changes of a few seconds, never two at once. */
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

  /** Resolves when what is known now is on disk. */
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
    const { path, entries, clock, log } = this.#options;
    try {
      await writeSnapshot(path, new Date(clock.now()).toISOString(), [...entries()]);
    } catch (err) {
      log.warn({ err, path }, 'the snapshot was not written');
    }
  }
}
