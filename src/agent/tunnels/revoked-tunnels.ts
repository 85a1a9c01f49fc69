import { type Clock, sleep } from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { OpenTunnels } from './open-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

export interface RevokedTunnelsOptions {
  tunnels: Pick<OpenTunnels, 'get'>;
  /** Whether the EgressProxy says closeRevoked. */
  wanted: () => boolean;
  /** Ends a client's connection; how many there were. */
  end: (client: Tunnel['client']) => Promise<number>;
  onEnded: (outcome: 'ended' | 'failed') => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two attempts. */
const RETRY = 2000;

/** Ends tunnels whose rule is gone. One that cannot be ended is tried again until it is over, or allowed again. */
export class RevokedTunnels {
  readonly #options: RevokedTunnelsOptions;
  readonly #underway = new Set<string>();

  constructor(options: RevokedTunnelsOptions) {
    this.#options = options;
  }

  /** Resolves when the tunnel is over, is revoked no longer, or is to live on. */
  async end({ id }: Pick<Tunnel, 'id'>): Promise<void> {
    if (this.#underway.has(id)) return;
    this.#underway.add(id);
    while (this.#isDue(id)) {
      await this.#try(id);
      await sleep(this.#options.clock, RETRY);
    }
    this.#underway.delete(id);
  }

  #isDue(id: string): boolean {
    const { tunnels, wanted } = this.#options;
    return wanted() && tunnels.get(id)?.revoked === true;
  }

  async #try(id: string): Promise<void> {
    const { tunnels, end, onEnded, log } = this.#options;
    const { client, known } = tunnels.get(id) ?? {};
    if (client === undefined) return;
    try {
      // None: it has ended by itself, and its audit line is on its way.
      if ((await end(client)) === 0) return;
      onEnded('ended');
      log.info({ id, client, target: known?.target, pod: known?.pod }, 'ended a tunnel whose rule is gone');
    } catch (err) {
      onEnded('failed');
      log.warn({ err, id, client }, 'a tunnel whose rule is gone lives on');
    }
  }
}
