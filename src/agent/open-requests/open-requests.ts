import type { AuditRecord } from '../../api/index.ts';
import { REUSE_REPORT_MS, SQUID_FILE_DESCRIPTORS } from '../../proxy/index.ts';
import { peerKey } from '../peer-key.ts';
import { EarlyEnds } from './early-ends.ts';

/** What equal requests of one client share. */
export interface RequestOutline {
  /** The client's address. */
  client: string;
  known: Omit<AuditRecord, 'id' | 'time'>;
}

/** A request that was allowed and whose audit line has not been printed. */
export interface OpenRequest {
  /** Identifier of the decision, as in the audit line. */
  id: string;
  /** When it was allowed, milliseconds since the epoch. */
  time: number;
  /** When it came, milliseconds since the epoch. */
  arrivedAt: number;
  /** The client's port. */
  port: number;
  outline: RequestOutline;
  /** Whether its open record is printed. */
  reported: boolean;
  /** Whether it is in the file. */
  saved: boolean;
  /** Since when its client has no connection, or uses it for another request: milliseconds since the epoch. */
  goneAt?: number;
}

interface Opening {
  /** The client's port. */
  port: number;
  /** When it was allowed, milliseconds since the epoch. */
  time: number;
  /** When it came; `time` unless it was decided later. */
  arrivedAt?: number;
}

/** Milliseconds by which the relay's reports may come out of order. */
const REORDERED = 4 * REUSE_REPORT_MS;

/**
 * The requests and tunnels that are under way, each from its allow until its audit line is printed: what Squid has not
 * logged when it ends, and how many each owner has.
 */
export class OpenRequests {
  readonly #capacity: number;
  /** In the order in which they became known. */
  readonly #byId = new Map<string, OpenRequest>();
  /** The newest request of each client's connection, which has one at a time. */
  readonly #byConnection = new Map<string, OpenRequest>();
  /** Requests of each owner whose client is not gone. */
  readonly #counts = new Map<string, number>();
  readonly #early = new EarlyEnds();
  #hasUnsaved = false;

  /** `capacity`: each request holds a descriptor of Squid; only requests whose lines wait to be printed can be more. */
  constructor({ capacity = SQUID_FILE_DESCRIPTORS }: { capacity?: number } = {}) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Requests of an owner, a namespace or an address that is not a pod's, without those whose client is gone. */
  count(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  /** Whether a connection, named as peerKey does, has a request. */
  has(connection: string): boolean {
    const request = this.#byConnection.get(connection);
    return request !== undefined && request.goneAt === undefined;
  }

  /** A request was allowed. Beyond the capacity it is not remembered: the requests that are open for long stay known. */
  open(id: string, outline: RequestOutline, { port, time, arrivedAt = time }: Opening): void {
    if (this.#early.take(id, peerKey(outline.client, port), arrivedAt) || this.#byId.size >= this.#capacity)
      return;
    this.#add({ id, time, arrivedAt, port, outline, reported: false, saved: false });
  }

  /** The audit line of a request was printed. */
  end(id: string): void {
    const request = this.#byId.get(id);
    if (request === undefined) this.#early.ended(id);
    else this.#remove(request);
  }

  /**
   * The line of a request was printed that Squid logged without the agent's decision, because the client left or the relay
   * gave up. The decision, which had no effect, may come later. `time`: its end, milliseconds since the epoch.
   */
  endUndecided(connection: string, time: number): void {
    const request = this.#byConnection.get(connection);
    if (request !== undefined && request.arrivedAt <= time) this.#remove(request);
    else this.#early.endedUndecided(connection, time);
  }

  restore(requests: readonly OpenRequest[]): void {
    for (const request of requests) this.#add(request);
  }

  /** The open requests that were allowed before a time, in the order in which they became known. */
  before(time: number): OpenRequest[] {
    const found: OpenRequest[] = [];
    for (const request of this.#byId.values()) {
      if (request.time >= time + REORDERED) break;
      if (request.time < time) found.push(request);
    }
    return found;
  }

  /** Marks the requests that were allowed before `time` and whose client has no connection as gone at `now`. */
  markGone(time: number, connected: (connection: string) => boolean, now: number): void {
    for (const request of this.before(time)) if (!connected(connectionOf(request))) this.#lose(request, now);
  }

  markReported(request: OpenRequest): void {
    request.reported = true;
    if (request.saved) this.#hasUnsaved = true;
  }

  /** The content of the file if it must be written again: the requests that were allowed before the time. */
  takeUnsaved(time: number): OpenRequest[] | undefined {
    const requests = this.before(time);
    if (!this.#hasUnsaved && requests.every(({ saved }) => saved)) return undefined;
    this.#hasUnsaved = false;
    for (const request of requests) request.saved = true;
    return requests;
  }

  /** The file could not be written. */
  saveFailed(): void {
    this.#hasUnsaved = true;
  }

  #add(request: OpenRequest): void {
    const connection = connectionOf(request);
    const before = this.#byConnection.get(connection);
    // The connection's next request: the line of the one before is late or lost.
    if (before !== undefined) this.#lose(before, request.time);
    this.#byId.set(request.id, request);
    this.#byConnection.set(connection, request);
    if (request.goneAt === undefined) this.#countOne(request, 1);
  }

  #remove(request: OpenRequest): void {
    this.#byId.delete(request.id);
    const connection = connectionOf(request);
    if (this.#byConnection.get(connection) === request) this.#byConnection.delete(connection);
    if (request.goneAt === undefined) this.#countOne(request, -1);
    if (request.saved) this.#hasUnsaved = true;
  }

  #lose(request: OpenRequest, now: number): void {
    if (request.goneAt !== undefined) return;
    request.goneAt = now;
    this.#countOne(request, -1);
  }

  #countOne({ outline }: OpenRequest, change: 1 | -1): void {
    const owner = outline.known.namespace ?? outline.client;
    const count = this.count(owner) + change;
    if (count > 0) this.#counts.set(owner, count);
    else this.#counts.delete(owner);
  }
}

function connectionOf({ outline, port }: OpenRequest): string {
  return peerKey(outline.client, port);
}

/** Its audit record while its end is not known: `open`, or `interrupted` if Squid has ended. */
export function openRecord(
  { id, time, outline }: OpenRequest,
  phase: NonNullable<AuditRecord['phase']>,
  now: number,
): AuditRecord {
  const { known } = outline;
  return {
    id,
    time: new Date(time).toISOString(),
    phase,
    ...known,
    durationMs: Math.max(0, Math.round(now - time)),
  };
}
