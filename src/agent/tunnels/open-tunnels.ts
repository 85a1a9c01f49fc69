import { peerKey } from '../peer-key.ts';
import type { Tunnel } from './tunnel.ts';

export interface TunnelListener {
  /** A tunnel was opened, or `revoked` has changed. */
  onChanged(tunnel: Tunnel): void;
  onClosed(id: string): void;
}

/** Limit of remembered tunnels, far above what real clients of one Squid hold open. */
const CAPACITY = 10_000;

/** The open tunnels, each from its allow until its audit line is printed. */
export class OpenTunnels {
  readonly #capacity: number;
  readonly #listeners: TunnelListener[] = [];
  /** In the order of their opening. */
  readonly #byId = new Map<string, Tunnel>();
  readonly #byClient = new Map<string, string>();
  /** Ids whose audit line arrived before the relay reported the tunnel. */
  readonly #endedEarly = new Set<string>();

  constructor({ capacity = CAPACITY }: { capacity?: number } = {}) {
    this.#capacity = capacity;
  }

  /** Listeners are notified in the order in which they subscribed. */
  subscribe(listener: TunnelListener): void {
    this.#listeners.push(listener);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Oldest first. */
  list(): Tunnel[] {
    return [...this.#byId.values()];
  }

  get(id: string): Tunnel | undefined {
    return this.#byId.get(id);
  }

  /** Opens a tunnel that the relay reports late, unless its audit line has arrived: most have ended by then. */
  openUnlessEnded(id: string, tunnel: () => Tunnel): void {
    if (!this.#endedEarly.delete(id)) this.open(tunnel());
  }

  open(tunnel: Tunnel): void {
    const client = clientOf(tunnel);
    // The client reuses its port: the earlier tunnel has ended, and its audit line is late or lost.
    this.close(this.#byClient.get(client) ?? '');
    this.#byId.set(tunnel.id, tunnel);
    this.#byClient.set(client, tunnel.id);
    if (this.#byId.size > this.#capacity) this.close(this.#byId.keys().next().value ?? '');
    for (const listener of this.#listeners) listener.onChanged(tunnel);
  }

  /** Returns the tunnel; undefined if it was not open. */
  close(id: string): Tunnel | undefined {
    const tunnel = this.#byId.get(id);
    if (tunnel === undefined) return undefined;
    this.#byId.delete(id);
    if (this.#byClient.get(clientOf(tunnel)) === id) this.#byClient.delete(clientOf(tunnel));
    for (const listener of this.#listeners) listener.onClosed(id);
    return tunnel;
  }

  /** Closes the tunnel whose audit line is printed. */
  end(id: string): void {
    if (this.close(id) !== undefined) return;
    this.#endedEarly.add(id);
    if (this.#endedEarly.size <= this.#capacity) return;
    const [oldest] = this.#endedEarly;
    if (oldest !== undefined) this.#endedEarly.delete(oldest);
  }

  setRevoked(id: string, revoked: boolean): void {
    const tunnel = this.#byId.get(id);
    if (tunnel === undefined || tunnel.revoked === revoked) return;
    tunnel.revoked = revoked;
    for (const listener of this.#listeners) listener.onChanged(tunnel);
  }
}

function clientOf({ client }: Tunnel): string {
  return peerKey(client.address, client.port);
}
