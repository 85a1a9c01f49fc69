import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { OpenTunnels } from './open-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

export interface RevokedTunnelsOptions {
  tunnels: Pick<OpenTunnels, 'get'>;
  /** Whether the EgressProxy has closeRevoked. */
  wanted: () => boolean;
  /** Ends connections of clients; returns how many it ended. */
  end: (clients: readonly Tunnel['client'][]) => Promise<number>;
  onEnded: (outcome: 'ended' | 'failed', count: number) => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds until a tunnel that should have ended is checked again. */
const RETRY = 2000;
/** Tunnels in one request to the closer: a cluster Deny can revoke all of them. */
const BATCH = 100;

/** Ends revoked tunnels. A tunnel that cannot be ended is tried again until it has ended or is allowed again. */
export class RevokedTunnels {
  readonly #options: RevokedTunnelsOptions;
  /** Ids that wait, are being ended, or were tried in the last RETRY ms. */
  readonly #scheduled = new Set<string>();
  readonly #waiting: string[] = [];
  #busy = false;

  constructor(options: RevokedTunnelsOptions) {
    this.#options = options;
  }

  /** Called each time an open tunnel is found revoked. */
  end({ id }: Pick<Tunnel, 'id'>): void {
    if (!this.#options.wanted() || this.#scheduled.has(id)) return;
    this.#scheduled.add(id);
    this.#waiting.push(id);
    // Tunnels that one change revokes are ended together.
    if (!this.#busy) setImmediate(() => void this.#work());
    this.#busy = true;
  }

  async #work(): Promise<void> {
    for (;;) {
      const batch = this.#waiting.splice(0, BATCH);
      if (batch.length === 0) break;
      await this.#try(batch.flatMap((id) => this.#due(id) ?? []));
      this.#options.clock.after(RETRY, () => this.#recheck(batch));
    }
    this.#busy = false;
  }

  #due(id: string): Tunnel | undefined {
    const tunnel = this.#options.tunnels.get(id);
    return this.#options.wanted() && tunnel?.revoked ? tunnel : undefined;
  }

  #recheck(ids: readonly string[]): void {
    for (const id of ids) {
      this.#scheduled.delete(id);
      const tunnel = this.#due(id);
      if (tunnel !== undefined) this.end(tunnel);
    }
  }

  async #try(due: readonly Tunnel[]): Promise<void> {
    const { end, onEnded, log } = this.#options;
    if (due.length === 0) return;
    const tunnels = due.map(({ id, known }) => `${id} ${known.namespace}/${known.pod} ${known.target}`);
    try {
      // It can be fewer than requested: some tunnels end by themselves, and their audit lines follow.
      const ended = await end(due.map(({ client }) => client));
      onEnded('ended', ended);
      log.info({ ended, tunnels }, 'revoked tunnels were ended');
    } catch (err) {
      onEnded('failed', due.length);
      log.warn({ err, tunnels }, 'revoked tunnels could not be ended; they are tried again');
    }
  }
}
