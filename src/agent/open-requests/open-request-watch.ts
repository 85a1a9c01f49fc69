import type { AuditRecord } from '../../api/index.ts';
import { OPEN_RECORD_AFTER_MS } from '../../proxy/index.ts';
import type { Clock } from '../../time/index.ts';
import { type OpenRequest, type OpenRequests, openRecord } from './open-requests.ts';

export interface OpenRequestWatchOptions {
  requests: OpenRequests;
  /** Clients with an open connection, as establishedPeers lists them. */
  peers: () => Promise<ReadonlySet<string> | undefined>;
  clock: Clock;
}

/** Milliseconds between two searches for requests that need an open record. */
const TICK = 1000;
/** Milliseconds between two looks at the clients' connections, and from a client's leaving until its line is missed. */
const SWEEP = 60_000;

/** Finds the requests that stay open, and those whose audit line never comes. */
export class OpenRequestWatch {
  readonly #options: OpenRequestWatchOptions;
  #tickedAt = Number.NEGATIVE_INFINITY;
  #sweptAt: number;

  constructor(options: OpenRequestWatchOptions) {
    this.#options = options;
    this.#sweptAt = options.clock.monotonic();
  }

  /**
   * The records to print now, once every line of Squid's log has been: else a request whose line waits would be reported
   * as open or lost.
   */
  async due(): Promise<readonly AuditRecord[]> {
    const now = this.#options.clock.monotonic();
    if (now - this.#tickedAt < TICK) return [];
    this.#tickedAt = now;
    if (now - this.#sweptAt < SWEEP) return this.#longOpen();
    this.#sweptAt = now;
    const lost = await this.#lost();
    return [...lost, ...this.#longOpen()];
  }

  /** The records of everything that was allowed before a time, since the Squid of that time has ended. */
  interrupted(before: number): readonly AuditRecord[] {
    const { requests, clock } = this.#options;
    const now = clock.now();
    return requests.before(before).map((request) => openRecord(request, 'interrupted', now));
  }

  /** The open record of each request that has been under way for long enough. */
  #longOpen(): AuditRecord[] {
    const { requests, clock } = this.#options;
    const now = clock.now();
    const isDue = ({ reported, goneAt }: OpenRequest) => !reported && goneAt === undefined;
    const long = requests.before(now - OPEN_RECORD_AFTER_MS).filter(isDue);
    for (const request of long) requests.markReported(request);
    return long.map((request) => openRecord(request, 'open', now));
  }

  /** The interrupted record of each request whose client has been gone for a minute: its audit line was lost. */
  async #lost(): Promise<AuditRecord[]> {
    const { requests, peers, clock } = this.#options;
    const lookedAt = clock.now();
    const connected = await peers();
    if (connected === undefined) return [];
    requests.markGone(lookedAt - SWEEP, (connection) => connected.has(connection), lookedAt);
    const isLost = ({ goneAt = lookedAt }: OpenRequest) => goneAt <= lookedAt - SWEEP;
    return requests
      .before(lookedAt - SWEEP)
      .filter(isLost)
      .map((request) => openRecord(request, 'interrupted', lookedAt));
  }
}
