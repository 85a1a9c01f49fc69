import { RECENT_DECISION_MS } from '../../proxy/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import type { ClientFinder, FoundClient } from '../identity/index.ts';
import { peerKey } from '../peer-key.ts';
import { type PolicyState, readSnapshot, SnapshotKeeper } from '../state/index.ts';
import { isRevoked, type TunnelClient } from './is-revoked.ts';
import type { OpenTunnels } from './open-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

export interface TunnelWatchOptions {
  tunnels: OpenTunnels;
  policy: Pick<PolicyState, 'ruleSets' | 'settings'>;
  finder: Pick<ClientFinder, 'findNow'>;
  /** Clients with an open connection, as establishedPeers lists them. */
  peers: () => Promise<ReadonlySet<string> | undefined>;
  /** Called each time a check finds that the current rules deny an open tunnel. */
  onRevoked: (tunnel: Tunnel) => void;
  /** File with the open tunnels, for the next start. */
  path: string;
  /** Called when the file could not be written. */
  onUnwritten: () => void;
  clock: Clock;
  log: Log;
}

/** Debounce: SETTLE ms, or REST times the last run's duration if that is longer. */
const SETTLE = 200;
const REST = 20;
/** Tunnels that are checked in one turn of the event loop. */
const BATCH = 500;
/** Milliseconds from a tunnel's opening until it is written to the file: most have ended by then. */
const SAVE = 1000;
/** Milliseconds between two sweeps for tunnels that have ended, and the age from which a tunnel is included. */
const SWEEP = 60_000;

/** Checks the open tunnels after each change of the policy, and restores them after a restart. */
export class TunnelWatch {
  readonly #options: TunnelWatchOptions;
  readonly #keeper: SnapshotKeeper;
  #scheduled = false;
  #changedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;
  #tookMs = 0;

  constructor(options: TunnelWatchOptions) {
    const { tunnels, path, clock, log, onUnwritten } = options;
    this.#options = options;
    this.#keeper = new SnapshotKeeper({
      path,
      entries: () => tunnels.list(),
      clock,
      log,
      onFailed: onUnwritten,
      delayMs: SAVE,
    });
  }

  /** Restores the tunnels that were open when the previous agent ended, without those that have ended since. */
  async restore(): Promise<void> {
    const { tunnels, path, peers, log } = this.#options;
    const saved = (await readSnapshot<Tunnel>(path))?.entries ?? [];
    if (saved.length === 0) return;
    const connected = await peers();
    const open = saved.filter(({ client }) => isConnected(client, connected));
    for (const tunnel of open) tunnels.open(tunnel);
    log.info({ saved: saved.length, open: open.length }, 'open tunnels restored');
  }

  /** Regularly drops tunnels that have ended and whose audit line was lost. */
  async run(signal: AbortSignal): Promise<void> {
    const { tunnels, peers, clock } = this.#options;
    for (;;) {
      await sleep(clock, SWEEP, signal);
      if (signal.aborted) return;
      if (tunnels.size === 0) continue;
      const old = tunnels.list().filter(({ known }) => Date.parse(known.time) < clock.now() - SWEEP);
      const connected = await peers();
      for (const { id, client } of old) if (!isConnected(client, connected)) tunnels.close(id);
    }
  }

  /** A tunnel has opened, changed or closed. A decision from before a change of the policy can open one after it. */
  tunnelsChanged(): void {
    this.#keeper.changed();
    if (this.#options.clock.monotonic() - this.#changedAt < RECENT_DECISION_MS) this.#schedule();
  }

  /** The policy state has changed. */
  policyChanged(): void {
    this.#changedAt = this.#options.clock.monotonic();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#options.tunnels.size === 0) return;
    this.#scheduled = true;
    this.#options.clock.after(Math.max(SETTLE, REST * this.#tookMs), () => {
      this.#scheduled = false;
      this.#checking = (this.#checking ?? Promise.resolve()).then(() => this.#checkAll());
    });
  }

  async flush(): Promise<void> {
    await this.#keeper.flush();
  }

  async #checkAll(): Promise<void> {
    const { tunnels, clock } = this.#options;
    const startedAt = clock.monotonic();
    const open = tunnels.list();
    for (let from = 0; from < open.length; from += BATCH) {
      for (const tunnel of open.slice(from, from + BATCH)) this.#check(tunnel);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#tookMs = clock.monotonic() - startedAt;
  }

  #check(tunnel: Tunnel): void {
    const { tunnels, policy, finder, onRevoked } = this.#options;
    const { ruleSets, settings } = policy;
    if (settings === undefined) return;
    const client = clientOf(finder.findNow(tunnel.client.address));
    tunnels.setRevoked(tunnel.id, isRevoked(tunnel, client, { ruleSets, settings }));
    if (tunnel.revoked) onRevoked(tunnel);
  }
}

function isConnected({ address, port }: Tunnel['client'], peers: ReadonlySet<string> | undefined): boolean {
  return peers === undefined || peers.has(peerKey(address, port));
}

function clientOf(found: FoundClient): TunnelClient {
  switch (found.kind) {
    case 'pod':
      return { kind: 'client', client: found.client, podUid: found.pod.metadata.uid };
    case 'range':
      return { kind: 'client', client: found.client, podUid: undefined };
    case 'notServed':
      return { kind: 'notServed' };
    default:
      return { kind: 'unknown' };
  }
}
