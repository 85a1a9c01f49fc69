import type { Clock } from '../../time/index.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

/**
 * Milliseconds after which a failed look-up counts as unanswered: longer than a nameserver needs to say that it fails,
 * shorter than a recursive nameserver waits for one that is silent.
 */
const SLOW_MS = 1000;
/** Zones of a name that are remembered, from the shortest. */
const MOST_ZONES = 4;

/**
 * Remembers zones whose nameservers do not answer, so that a request for a name below them fails immediately and holds no
 * place among the pending look-ups. Each owner has its own memory: a name of one tenant never fails because of look-ups of
 * another. Where a zone begins is unknown without an answer, so every parent domain of at least two labels counts, and an
 * answer for any name below it ends its silence.
 */
export class SilentZones {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #breaker: CircuitBreaker;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#breaker = new CircuitBreaker(clock);
  }

  /** Runs the look-up unless a zone of the name is silent. `hasFailed`: whether a result is no answer. */
  async run<T>(
    { owner, name, hasFailed }: { owner: string; name: string; hasFailed: (result: T) => boolean },
    lookUp: () => Promise<T>,
  ): Promise<T | { silentZone: string }> {
    const zones = zonesOf(name);
    const key = (zone: string) => `${owner} ${zone}`;
    const silentZone = zones.find((zone) => !this.#breaker.admits(key(zone)));
    if (silentZone !== undefined) return { silentZone };
    const start = this.#clock.monotonic();
    const result = await lookUp();
    if (!hasFailed(result)) for (const zone of zones) this.#breaker.answered(key(zone));
    else if (this.#clock.monotonic() - start >= SLOW_MS)
      for (const zone of zones) this.#breaker.failed(key(zone));
    return result;
  }
}

/** The parent domains of a name, the shortest first; the name itself if it has no more than two labels. */
export function zonesOf(name: string): string[] {
  const labels = name.split('.');
  const zones: string[] = [];
  for (let length = 2; length < labels.length && zones.length < MOST_ZONES; length += 1) {
    zones.push(labels.slice(-length).join('.'));
  }
  return zones.length === 0 ? [name] : zones;
}
