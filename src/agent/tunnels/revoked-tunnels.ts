import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { OpenTunnels } from './open-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

export interface RevokedTunnelsOptions {
  tunnels: Pick<OpenTunnels, 'get'>;
  /** Whether the EgressProxy says closeRevoked. */
  wanted: () => boolean;
  /** Ends connections of clients; how many there were. */
  end: (clients: readonly Tunnel['client'][]) => Promise<number>;
  onEnded: (outcome: 'ended' | 'failed', count: number) => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds until a tunnel that should be over is looked at again. */
const RETRY = 2000;
/** Tunnels ended at once: a cluster Deny can revoke all that there are. */
const AT_ONCE = 100;

/** Ends tunnels whose rule is gone. One that cannot be ended is tried again until it is over, or allowed again. */
export class RevokedTunnels {
  readonly #options: RevokedTunnelsOptions;
  /** Waiting, under way, or tried lately. */
  readonly #known = new Set<string>();
  readonly #waiting: string[] = [];
  #busy = false;

  constructor(options: RevokedTunnelsOptions) {
    this.#options = options;
  }

  /** Asked at each judgement of a revoked tunnel. */
  end({ id }: Pick<Tunnel, 'id'>): void {
    if (!this.#options.wanted() || this.#known.has(id)) return;
    this.#known.add(id);
    this.#waiting.push(id);
    // What one judgement revokes goes together.
    if (!this.#busy) setImmediate(() => void this.#work());
    this.#busy = true;
  }

  async #work(): Promise<void> {
    for (;;) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      if (batch.length === 0) break;
      await this.#try(batch.flatMap((id) => this.#due(id) ?? []));
      this.#options.clock.after(RETRY, () => this.#lookAgain(batch));
    }
    this.#busy = false;
  }

  #due(id: string): Tunnel | undefined {
    const tunnel = this.#options.tunnels.get(id);
    return this.#options.wanted() && tunnel?.revoked ? tunnel : undefined;
  }

  #lookAgain(ids: readonly string[]): void {
    for (const id of ids) {
      this.#known.delete(id);
      const tunnel = this.#due(id);
      if (tunnel !== undefined) this.end(tunnel);
    }
  }

  async #try(due: readonly Tunnel[]): Promise<void> {
    const { end, onEnded, log } = this.#options;
    if (due.length === 0) return;
    const tunnels = due.map(({ id, known }) => `${id} ${known.namespace}/${known.pod} ${known.target}`);
    try {
      // Fewer than asked for: some have ended by themselves, and their audit lines are on their way.
      const ended = await end(due.map(({ client }) => client));
      onEnded('ended', ended);
      log.info({ ended, tunnels }, 'tunnels whose rule is gone were ended');
    } catch (err) {
      onEnded('failed', due.length);
      log.warn({ err, tunnels }, 'tunnels whose rule is gone live on');
    }
  }
}
