/** Ids whose end came before their beginning was reported. */
const CAPACITY = 10_000;

interface OpenRequest {
  owner: string;
  connection: string;
  /** Monotonic milliseconds. */
  since: number;
}

/**
 * The requests and tunnels that have been allowed and have not ended, by owner. A client's connection has one at a time,
 * so that a lost end costs nothing once the client uses its port again.
 */
export class OpenRequests {
  readonly #byId = new Map<string, OpenRequest>();
  /** Ids by the client's end of the connection. */
  readonly #byConnection = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #endedEarly = new Set<string>();

  count(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  has(connection: string): boolean {
    return this.#byConnection.has(connection);
  }

  /** `connection`: `address port` of the client. */
  begin(id: string, owner: string, connection: string, now: number): void {
    if (this.#endedEarly.delete(id) || this.#byId.has(id)) return;
    const before = this.#byConnection.get(connection);
    if (before !== undefined) this.#remove(before);
    this.#byId.set(id, { owner, connection, since: now });
    this.#byConnection.set(connection, id);
    this.#counts.set(owner, this.count(owner) + 1);
  }

  /** The request's log line has been read. */
  end(id: string): void {
    if (this.#remove(id)) return;
    this.#endedEarly.add(id);
    const [oldest] = this.#endedEarly.size > CAPACITY ? this.#endedEarly : [];
    if (oldest !== undefined) this.#endedEarly.delete(oldest);
  }

  /** Ends those that are older than `before` and whose client has no connection: their log lines were lost. */
  sweep(before: number, connected: (connection: string) => boolean): void {
    for (const [id, { since, connection }] of this.#byId)
      if (since < before && !connected(connection)) this.#remove(id);
  }

  #remove(id: string): boolean {
    const request = this.#byId.get(id);
    if (request === undefined) return false;
    const { owner, connection } = request;
    this.#byId.delete(id);
    if (this.#byConnection.get(connection) === id) this.#byConnection.delete(connection);
    const left = this.count(owner) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
    return true;
  }
}
