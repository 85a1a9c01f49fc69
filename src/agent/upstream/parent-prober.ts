import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import type { ParentState, ProbeOutcome } from './evaluate-health.ts';
import type { ParentHealth } from './parent-health.ts';

export interface ParentProberOptions {
  names: readonly string[];
  health: Pick<ParentHealth, 'probed'>;
  probe: (name: string) => Promise<ProbeOutcome>;
  /** Called when a parent has become usable or unusable. */
  onTurn: () => void;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two probes: while the parent is in use or down, otherwise, and after a first failure. */
const BUSY = 1_000;
const IDLE = 15_000;
const RETRY = 250;
/** Milliseconds after a request for which a parent counts as in use. */
const IN_USE = 10_000;

interface Schedule {
  /** Monotonic milliseconds of the last request. */
  usedAt: number;
  /** Ends the wait for the next probe. */
  wake: () => void;
}

/** Probes each parent: often while it is in use or down, and now and then otherwise. */
export class ParentProber {
  readonly #options: ParentProberOptions;
  readonly #schedules: ReadonlyMap<string, Schedule>;

  constructor(options: ParentProberOptions) {
    this.#options = options;
    this.#schedules = new Map(
      options.names.map((name) => [name, { usedAt: Number.NEGATIVE_INFINITY, wake: () => {} }]),
    );
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#schedules].map(([name, schedule]) => this.#probe(name, schedule, signal)));
  }

  /** A request is sent to the parent: from now on a failure must be noticed soon. */
  used(name: string): void {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) return;
    const now = this.#options.clock.monotonic();
    const wasIdle = now - schedule.usedAt > IN_USE;
    schedule.usedAt = now;
    if (wasIdle) schedule.wake();
  }

  async #probe(name: string, schedule: Schedule, signal: AbortSignal): Promise<void> {
    const { health, probe, onTurn, log } = this.#options;
    while (!signal.aborted) {
      const { before, after } = health.probed(name, await probe(name));
      if (before?.healthy !== after.healthy) {
        onTurn();
        const { healthy, lastError } = after;
        log[healthy ? 'info' : 'warn'](
          { upstream: name, healthy, lastError },
          'health of a parent has changed',
        );
      }
      await this.#pause(schedule, after, signal);
    }
  }

  async #pause(schedule: Schedule, state: ParentState, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const isBusy = clock.monotonic() - schedule.usedAt < IN_USE || !state.healthy;
    const wait = state.failures === 1 ? RETRY : isBusy ? BUSY : IDLE;
    const woken = new AbortController();
    schedule.wake = () => woken.abort();
    await sleep(clock, wait, AbortSignal.any([signal, woken.signal]));
    schedule.wake = () => {};
  }
}
