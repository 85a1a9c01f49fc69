import type { Tunnel } from './tunnel.ts';

export interface OpenTunnelsOptions {
  /** A tunnel has opened, or was revoked, or is revoked no longer. */
  onTold: (tunnel: Tunnel) => void;
  onGone: (id: string) => void;
  capacity?: number;
}

/** Above what one Squid holds: 16,384 file descriptors, two a tunnel. */
const CAPACITY = 10_000;

/** The tunnels that are open, from the moment in which they are allowed until their audit line is printed. */
export class OpenTunnels {
  readonly #options: Required<OpenTunnelsOptions>;
  /** In the order of their opening. */
  readonly #byId = new Map<string, Tunnel>();
  readonly #byClient = new Map<string, string>();
  /** Those that were over before they were told of. */
  readonly #over = new Set<string>();

  constructor(options: OpenTunnelsOptions) {
    this.#options = { capacity: CAPACITY, ...options };
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

  /** One that is told of afterwards: most of these are over by then. */
  openLate(id: string, tunnel: () => Tunnel): void {
    if (!this.#over.delete(id)) this.open(tunnel());
  }

  open(tunnel: Tunnel): void {
    const client = clientOf(tunnel);
    // A client's port is free again: what it carried before has ended, and its audit line is late or lost.
    this.close(this.#byClient.get(client) ?? '');
    this.#byId.set(tunnel.id, tunnel);
    this.#byClient.set(client, tunnel.id);
    if (this.#byId.size > this.#options.capacity) this.close(this.#byId.keys().next().value ?? '');
    this.#options.onTold(tunnel);
  }

  /** Undefined where no such tunnel is open. */
  close(id: string): Tunnel | undefined {
    const tunnel = this.#byId.get(id);
    if (tunnel === undefined) return undefined;
    this.#byId.delete(id);
    if (this.#byClient.get(clientOf(tunnel)) === id) this.#byClient.delete(clientOf(tunnel));
    this.#options.onGone(id);
    return tunnel;
  }

  /** Its audit line is printed. */
  end(id: string): void {
    if (this.close(id) !== undefined) return;
    this.#over.add(id);
    if (this.#over.size <= this.#options.capacity) return;
    const [oldest] = this.#over;
    if (oldest !== undefined) this.#over.delete(oldest);
  }

  setRevoked(id: string, revoked: boolean): void {
    const tunnel = this.#byId.get(id);
    if (tunnel === undefined || tunnel.revoked === revoked) return;
    tunnel.revoked = revoked;
    this.#options.onTold(tunnel);
  }
}

function clientOf({ client }: Tunnel): string {
  return `${client.address} ${client.port}`;
}
