import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep, untilTick } from '../../time/index.ts';
import { readSnapshot, writeSnapshot } from '../state/index.ts';
import type { OpenRequest, OpenRequests } from './open-requests.ts';

export interface OpenRequestFileOptions {
  path: string;
  requests: OpenRequests;
  /** Identifiers in the lines of Squid's log that are printed and not deleted yet. */
  printedIds: () => Promise<ReadonlySet<string>>;
  /** Called when the file could not be written. */
  onUnwritten: () => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds that a request must be under way before it is written: most have ended by then. */
export const SAVE_AFTER = 500;
/** Milliseconds between two writes. */
const SAVE_EVERY = 1000;

/** The open requests in a file, for the next run of the agent. */
export class OpenRequestFile {
  readonly #options: OpenRequestFileOptions;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: OpenRequestFileOptions) {
    this.#options = options;
  }

  /**
   * Reads what was open when the last run ended, without the requests whose audit line it had printed since it wrote
   * the file. Segments of the log are deleted only after the file is written, so that these lines are still there.
   */
  async restore(): Promise<void> {
    const { path, requests, printedIds, log } = this.#options;
    const saved = (await readSnapshot<OpenRequest>(path))?.entries ?? [];
    if (saved.length === 0) return;
    const printed = await printedIds();
    requests.restore(saved.filter(({ id }) => !printed.has(id)));
    log.info({ saved: saved.length, open: requests.size }, 'open requests restored');
  }

  /** Writes the file regularly. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await sleep(clock, untilTick(clock, SAVE_EVERY), signal);
      if (signal.aborted) return;
      await this.save();
    }
  }

  /** Resolves when the file has what was open when it was called. A failure is reported, and the next call tries again. */
  save(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { path, requests, onUnwritten, clock, log } = this.#options;
    const now = clock.now();
    const entries = requests.takeUnsaved(now - SAVE_AFTER);
    if (entries === undefined) return;
    try {
      await writeSnapshot(path, new Date(now).toISOString(), entries);
    } catch (err) {
      requests.saveFailed();
      log.warn({ err, path }, 'the open requests could not be written; trying again in a second');
      onUnwritten();
    }
  }
}
