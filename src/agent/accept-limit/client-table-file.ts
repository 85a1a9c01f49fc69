import type { Address } from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import { replaceFile } from '../replace-file.ts';
import { type ClientEntry, encodeClients } from './client-table.ts';

export interface ClientTableFileOptions {
  path: string;
  /** The addresses of the pods that this proxy serves. */
  addresses: () => Iterable<string>;
  /** Undefined for an address without a limit. */
  entryOf: (address: string) => { address: Address; owner: string; limit: number } | undefined;
  /** Called when the file could not be written; the last one stays. */
  onUnwritten: () => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two writes: a pod's connections before its first one are not counted. */
const WRITE_EVERY = 1000;
/** Addresses that are looked up in one turn of the event loop. */
const PER_TURN = 500;

/** Keeps the table of clients for the library in Squid's process current. */
export class ClientTableFile {
  readonly #options: ClientTableFileOptions;
  #written: Buffer | undefined;
  #changed = true;

  constructor(options: ClientTableFileOptions) {
    this.#options = options;
  }

  /** The policy state has changed. */
  changed(): void {
    this.#changed = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.write();
      await sleep(this.#options.clock, WRITE_EVERY, signal);
    }
  }

  /** Writes what has changed since the last time. A failure is reported, and the next call tries again. */
  async write(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const { path, onUnwritten, log } = this.#options;
    try {
      const table = encodeClients(await this.#entries());
      if (this.#written?.equals(table)) return;
      await replaceFile(path, [table]);
      this.#written = table;
    } catch (err) {
      this.#changed = true;
      log.warn({ err, path }, 'the limits of connections could not be written; the last ones hold');
      onUnwritten();
    }
  }

  async #entries(): Promise<ClientEntry[]> {
    const { addresses, entryOf } = this.#options;
    const entries: ClientEntry[] = [];
    let turn = 0;
    for (const address of [...addresses()]) {
      const entry = entryOf(address);
      if (entry !== undefined) entries.push(entry);
      turn += 1;
      if (turn % PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return entries;
  }
}
