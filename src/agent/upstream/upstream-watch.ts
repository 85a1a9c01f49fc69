import type { UpstreamHealth } from '../../api/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import { type Health, judgeHealth, type ProbeOutcome, reportHealth } from './judge-health.ts';

export interface UpstreamWatchOptions {
  names: readonly string[];
  probe: (name: string) => Promise<ProbeOutcome>;
  /** A parent can be used now, or no longer. */
  onTurn: () => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two tries: while requests go there or it is down, otherwise, and after a first failure. */
const BUSY = 1_000;
const IDLE = 15_000;
const AGAIN = 250;
/** Milliseconds after a request in which a parent counts as in use. */
const IN_USE = 10_000;

interface Watched {
  health: Health | undefined;
  /** Milliseconds since the epoch of the first 407 since the last other answer. */
  refusedLogin: number | undefined;
  usedAt: number;
  /** Ends the wait for the next try. */
  wake: () => void;
}

/** Whether each parent can be used, found out by connecting: often while it is in use, now and then otherwise. */
export class UpstreamWatch {
  readonly #options: UpstreamWatchOptions;
  readonly #watched: ReadonlyMap<string, Watched>;

  constructor(options: UpstreamWatchOptions) {
    this.#options = options;
    this.#watched = new Map(
      options.names.map((name) => [
        name,
        { health: undefined, refusedLogin: undefined, usedAt: Number.NEGATIVE_INFINITY, wake: () => {} },
      ]),
    );
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#watched].map(([name, watched]) => this.#follow(name, watched, signal)));
  }

  /** Undefined for a parent that can be used, or was not tried yet. */
  downBecause(name: string): string | undefined {
    const watched = this.#watched.get(name);
    if (watched === undefined) return 'this proxy does not know it';
    const { health } = watched;
    return health === undefined || health.healthy ? undefined : (health.lastError ?? 'it does not answer');
  }

  isDead(name: string, address: string): boolean {
    return this.#watched.get(name)?.health?.dead.has(address) ?? false;
  }

  /** A request is sent there: from now on a failure has to show soon. */
  used(name: string): void {
    const watched = this.#watched.get(name);
    if (watched === undefined) return;
    const now = this.#options.clock.monotonic();
    const wasIdle = now - watched.usedAt > IN_USE;
    watched.usedAt = now;
    if (wasIdle) watched.wake();
  }

  /** What a parent answered to a request. */
  answered(name: string, status: number): void {
    const watched = this.#watched.get(name);
    if (watched === undefined) return;
    if (status !== 407) watched.refusedLogin = undefined;
    else watched.refusedLogin ??= this.#options.clock.now();
  }

  report(): UpstreamHealth[] {
    return [...this.#watched].flatMap(([name, { health, refusedLogin }]) =>
      health === undefined ? [] : [reportHealth(name, health, refusedLogin)],
    );
  }

  async #follow(name: string, watched: Watched, signal: AbortSignal): Promise<void> {
    const { probe, onTurn, clock, log } = this.#options;
    while (!signal.aborted) {
      const outcome = await probe(name);
      const before = watched.health;
      const health = judgeHealth(before, outcome, clock.now());
      watched.health = health;
      if (before?.healthy !== health.healthy) {
        onTurn();
        const { healthy, lastError } = health;
        log[healthy ? 'info' : 'warn']({ upstream: name, healthy, lastError }, 'how a parent proxy stands');
      }
      await this.#pause(watched, health, signal);
    }
  }

  async #pause(watched: Watched, health: Health, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const busy = clock.monotonic() - watched.usedAt < IN_USE || !health.healthy;
    const wait = health.failures === 1 ? AGAIN : busy ? BUSY : IDLE;
    const woken = new AbortController();
    watched.wake = () => woken.abort();
    await sleep(clock, wait, AbortSignal.any([signal, woken.signal]));
    watched.wake = () => {};
  }
}
