import type { Clock } from '../../time/index.ts';

/** Requests that wait for a namespace that is not cached yet. */
export class NamespaceWait {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the namespace arrives or after `limitMs`, whichever comes first. */
  until(name: string, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(limitMs, () => {
        this.#leave(name, wake);
        resolve();
      });
      const wake = () => {
        cancel();
        resolve();
      };
      const others = this.#waiting.get(name);
      if (others === undefined) this.#waiting.set(name, new Set([wake]));
      else others.add(wake);
    });
  }

  arrived(name: string): void {
    const waiting = this.#waiting.get(name);
    this.#waiting.delete(name);
    for (const wake of waiting ?? []) wake();
  }

  #leave(name: string, wake: () => void): void {
    const others = this.#waiting.get(name);
    others?.delete(wake);
    if (others?.size === 0) this.#waiting.delete(name);
  }
}
