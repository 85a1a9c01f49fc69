import { readFileSync } from 'node:fs';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep, untilTick } from '../../time/index.ts';
import { namespaceLines } from '../namespace-lines.ts';
import { ownerKey } from './client-table.ts';
import { type OpenCount, parseOpenCounts } from './open-counts.ts';

export interface RefusedConnectionsOptions {
  /** The file of counts; it does not exist before Squid has accepted a connection. */
  path: string;
  namespaces: () => Iterable<string>;
  onRefused: (namespace: string, connections: number) => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two readings. */
const READ_EVERY = 1000;

/** Tells of the connections that were closed because their namespace was at its limit. */
export class RefusedConnections {
  readonly #options: RefusedConnectionsOptions;
  readonly #lines = namespaceLines();
  #known = new Map<string, number>();
  /** What the file had at the last reading. */
  #bytes = Buffer.alloc(0);

  constructor(options: RefusedConnectionsOptions) {
    this.#options = options;
  }

  /** Leaves out what was refused before this agent started: another run has counted it. */
  skipEarlier(): void {
    this.#known = refusedOf(this.#readChanged() ?? []);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.skipEarlier();
    while (!signal.aborted) {
      await sleep(clock, untilTick(clock, READ_EVERY), signal);
      this.check();
    }
  }

  /** Reads the counts, and tells what has been added. */
  check(): void {
    const counts = this.#readChanged();
    if (counts === undefined) return;
    const grown = counts.filter((count) => this.#addedTo(count) > 0);
    const namespaces = grown.length === 0 ? new Map<string, string>() : this.#namespacesByKey();
    for (const count of grown) this.#tell(namespaces.get(count.owner), count);
    this.#known = refusedOf(counts);
  }

  #addedTo({ owner, refused }: OpenCount): number {
    const before = this.#known.get(owner) ?? 0;
    // Fewer than before: Squid has started again.
    return refused < before ? refused : refused - before;
  }

  #namespacesByKey(): Map<string, string> {
    return new Map([...this.#options.namespaces()].map((name) => [ownerKey(name), name]));
  }

  /** `namespace`: undefined if it was deleted. */
  #tell(namespace: string | undefined, count: OpenCount): void {
    if (namespace === undefined) return;
    const { onRefused, clock, log } = this.#options;
    const refused = this.#addedTo(count);
    onRefused(namespace, refused);
    if (!this.#lines.tryTake(namespace, clock.monotonic())) return;
    log.warn(
      { namespace, open: count.open, refused },
      'a namespace has as many connections as it may have, idle ones included: its new ones are closed (limits.connections of the EgressProxy)',
    );
  }

  /**
   * The counts, or undefined if they are as at the last reading, which they are while no connection opens or ends. Read
   * in one turn: the file is in memory (open-counts.c), and the hops of an asynchronous read cost more.
   */
  #readChanged(): OpenCount[] | undefined {
    const bytes = readOrEmpty(this.#options.path);
    if (bytes.equals(this.#bytes)) return undefined;
    this.#bytes = bytes;
    return parseOpenCounts(bytes);
  }
}

function readOrEmpty(path: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function refusedOf(counts: readonly OpenCount[]): Map<string, number> {
  return new Map(counts.map(({ owner, refused }) => [owner, refused]));
}
