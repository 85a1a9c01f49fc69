import type { Log } from '../../telemetry/index.ts';
import { type Clock, inTurns, sleep, untilTick } from '../../time/index.ts';
import { replaceFile } from '../replace-file.ts';
import { type ClientEntry, ClientTable } from './client-table.ts';

export interface ClientTableFileOptions {
  path: string;
  /** The addresses of the pods that this proxy serves. */
  addresses: () => Iterable<string>;
  /** Undefined for an address without a limit. */
  entryOf: (address: string) => ClientEntry | undefined;
  /** Called when the file could not be written; the last one stays. */
  onUnwritten: () => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two writes: a pod's connections before its first one are not counted. */
const WRITE_EVERY = 1000;

/** Keeps the table of clients for the library in Squid's process current. */
export class ClientTableFile {
  readonly #options: ClientTableFileOptions;
  #written: Buffer | undefined;
  #changed = true;

  constructor(options: ClientTableFileOptions) {
    this.#options = options;
  }

  /** Pods, or what decides about their limits, have changed. */
  changed(): void {
    this.#changed = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.write();
      await sleep(clock, untilTick(clock, WRITE_EVERY), signal);
    }
  }

  /** Writes what has changed since the last time. A failure is reported, and the next call tries again. */
  async write(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const { path, onUnwritten, log } = this.#options;
    try {
      const table = new ClientTable();
      await inTurns(this.#fill(table));
      if (this.#written?.equals(table.content)) return;
      await replaceFile(path, [table.content]);
      this.#written = table.content;
    } catch (err) {
      this.#changed = true;
      log.warn({ err, path }, 'the limits of connections could not be written; the last ones hold');
      onUnwritten();
    }
  }

  *#fill(table: ClientTable): Generator<void> {
    const { addresses, entryOf } = this.#options;
    for (const address of addresses()) {
      const entry = entryOf(address);
      if (entry !== undefined) table.add(entry);
      yield;
    }
  }
}
