import type { Clock } from './clock.ts';

interface Timer {
  due: number;
  fire: () => void;
}

/** A clock that moves only when a test advances it. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #start: number;
  readonly #timers = new Set<Timer>();

  constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, fire: () => void): () => void {
    const timer = { due: this.#elapsed + Math.max(0, ms), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Sets the wall clock forward, or back. No time passes. */
  jump(ms: number): void {
    this.#start += ms;
  }

  /** Milliseconds until each pending timer fires, soonest first. */
  get pending(): number[] {
    return [...this.#timers].map(({ due }) => due - this.#elapsed).sort((a, b) => a - b);
  }

  /** Advances by `ms` and fires due timers in order. After each one, pending promises and I/O run before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.fire();
    }
    this.#elapsed = end;
    await settle();
  }
}

/** Lets callbacks of settled promises and of finished I/O run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
