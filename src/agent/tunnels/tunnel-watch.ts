import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import type { ClientFinder, FoundClient } from '../identity/client-finder.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import { readSnapshot } from '../knowledge/snapshot-file.ts';
import { SnapshotKeeper } from '../knowledge/snapshot-keeper.ts';
import { isRevoked, type TunnelClient } from './judge-tunnel.ts';
import type { OpenTunnels } from './open-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

export interface TunnelWatchOptions {
  tunnels: OpenTunnels;
  knowledge: Pick<Knowledge, 'book' | 'settings'>;
  finder: Pick<ClientFinder, 'known'>;
  /** As establishedPeers: the clients that have a connection. */
  peers: () => Promise<ReadonlySet<string> | undefined>;
  /** The rules as they are now refuse it. Called at each judgement. */
  onRevoked: (tunnel: Tunnel) => void;
  /** Where what is open is kept for the next start. */
  path: string;
  clock: Clock;
  log: Log;
}

/** Milliseconds from a change until the tunnels are judged; so many times what judging took, where that is more. */
const SETTLE = 200;
const REST = 20;
/** Longer than any decision takes, in milliseconds: one that was begun before a change can open a tunnel after it. */
const RECENT = 15_000;
/** Tunnels judged in one turn of the event loop. */
const AT_ONCE = 500;
/** Milliseconds from a tunnel's opening until it is written down: most are over before. */
const SAVE = 1000;
/** Milliseconds between two looks whether open tunnels are open, and how old one has to be to be looked at. */
const LOOK = 60_000;

/** Judges the open tunnels again when something changes, and keeps them over a restart. */
export class TunnelWatch {
  readonly #options: TunnelWatchOptions;
  readonly #keeper: SnapshotKeeper;
  #planned = false;
  #changedAt = Number.NEGATIVE_INFINITY;
  #judging: Promise<void> | undefined;
  #tookMs = 0;

  constructor(options: TunnelWatchOptions) {
    const { tunnels, path, clock, log } = options;
    this.#options = options;
    this.#keeper = new SnapshotKeeper({ path, entries: () => tunnels.list(), clock, log, delayMs: SAVE });
  }

  /** What was open when the agent before this one ended, less what has been closed since. */
  async restore(): Promise<void> {
    const { tunnels, path, peers, log } = this.#options;
    const saved = (await readSnapshot<Tunnel>(path))?.entries ?? [];
    if (saved.length === 0) return;
    const connected = await peers();
    const open = saved.filter(({ client }) => isConnected(client, connected));
    for (const tunnel of open) tunnels.open(tunnel);
    log.info({ saved: saved.length, open: open.length }, 'open tunnels read');
  }

  /** Drops, now and then, tunnels that are over and whose audit line was lost. */
  async run(signal: AbortSignal): Promise<void> {
    const { tunnels, peers, clock } = this.#options;
    for (;;) {
      await sleep(clock, LOOK, signal);
      if (signal.aborted) return;
      if (tunnels.size === 0) continue;
      const old = tunnels.list().filter(({ known }) => Date.parse(known.time) < clock.now() - LOOK);
      const connected = await peers();
      for (const { id, client } of old) if (!isConnected(client, connected)) tunnels.close(id);
    }
  }

  /** What is open has changed. */
  tunnelsChanged(): void {
    this.#keeper.changed();
    if (this.#options.clock.monotonic() - this.#changedAt < RECENT) this.#plan();
  }

  /** Rules, or whom they are for, have changed. */
  rulesChanged(): void {
    this.#changedAt = this.#options.clock.monotonic();
    this.#plan();
  }

  #plan(): void {
    if (this.#planned || this.#options.tunnels.size === 0) return;
    this.#planned = true;
    this.#options.clock.after(Math.max(SETTLE, REST * this.#tookMs), () => {
      this.#planned = false;
      this.#judging = (this.#judging ?? Promise.resolve()).then(() => this.#judge());
    });
  }

  async flush(): Promise<void> {
    await this.#keeper.flush();
  }

  async #judge(): Promise<void> {
    const { tunnels, clock } = this.#options;
    const begun = clock.monotonic();
    const open = tunnels.list();
    for (let from = 0; from < open.length; from += AT_ONCE) {
      for (const tunnel of open.slice(from, from + AT_ONCE)) this.#judgeOne(tunnel);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#tookMs = clock.monotonic() - begun;
  }

  #judgeOne(tunnel: Tunnel): void {
    const { tunnels, knowledge, finder, onRevoked } = this.#options;
    const { book, settings } = knowledge;
    if (settings === undefined) return;
    const client = clientOf(finder.known(tunnel.client.address));
    tunnels.setRevoked(tunnel.id, isRevoked(tunnel, client, { book, settings }));
    if (tunnel.revoked) onRevoked(tunnel);
  }
}

function isConnected({ address, port }: Tunnel['client'], peers: ReadonlySet<string> | undefined): boolean {
  return peers === undefined || peers.has(`${address} ${port}`);
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
