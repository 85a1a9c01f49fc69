import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import { evaluateFreshness, type Freshness } from './freshness.ts';
import type { PolicyState, Sources } from './policy-state.ts';
import { readSnapshot, type SnapshotEntry } from './snapshot-file.ts';

export interface PolicyFeedOptions {
  policy: Pick<PolicyState, 'seed' | 'follow' | 'settled'>;
  sources: Sources;
  /** Path of the snapshot. */
  path: string;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two checks whether the policy state is current enough to start. */
const POLL = 50;

/** Fills the policy state: from the snapshot on disk, then from the API server. */
export class PolicyFeed {
  readonly #options: PolicyFeedOptions;
  readonly #startedAt: number;
  #savedAt: string | undefined;

  constructor(options: PolicyFeedOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
  }

  get freshness(): Freshness {
    const { sources } = this.#options;
    return evaluateFreshness({ sources: { ...sources }, savedAt: this.#savedAt, ageMs: this.ageMs });
  }

  /** Milliseconds since the start. */
  get ageMs(): number {
    return this.#options.clock.monotonic() - this.#startedAt;
  }

  /** Resolves when decisions can be made, or when the signal is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    const { policy, sources, clock, log } = this.#options;
    await this.#seed();
    const following = policy.follow(sources, signal);
    following.then(
      () => log.info({ ms: this.ageMs }, 'in sync with the API server'),
      () => {},
    );
    while (this.freshness.kind === 'unknown' && !signal.aborted) await sleep(clock, POLL, signal);
    if (signal.aborted) return;
    // hasSynced turns true before mirrors drop deleted objects. Wait, or deleted rules still decide.
    await (this.freshness.kind === 'synced' ? following : policy.settled());
  }

  async #seed(): Promise<void> {
    const { policy, path, log } = this.#options;
    const snapshot = await readSnapshot<SnapshotEntry>(path);
    if (snapshot === undefined) return;
    policy.seed(snapshot.entries);
    this.#savedAt = snapshot.savedAt;
    log.info({ savedAt: snapshot.savedAt, objects: snapshot.entries.length }, 'snapshot read');
  }
}
