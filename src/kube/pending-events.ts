import type { EventSeries, EventType } from './event-series.ts';

/** The most kinds and reasons that are counted apart while Events are left out. */
const MOST_COUNTED = 20;
const OTHERS = 'others';

/** The Events that wait to be written, first in first out: at most `capacity`. Those beyond are counted and left out. */
export class PendingEvents {
  readonly #capacity: number;
  readonly #waiting = new Set<EventSeries>();
  /** Number by `reason of kind`. */
  readonly #leftOut = new Map<string, number>();
  #worst: EventType = 'Normal';

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A series that waits already stays where it is. */
  add(series: EventSeries): void {
    if (this.#waiting.has(series)) return;
    if (this.#waiting.size < this.#capacity) this.#waiting.add(series);
    else this.#leaveOut(series);
  }

  take(): EventSeries | undefined {
    const [first] = this.#waiting;
    if (first !== undefined) this.#waiting.delete(first);
    return first;
  }

  /** The summary of what was left out since the last one; undefined if that is nothing. */
  takeSummary(): { type: EventType; message: string } | undefined {
    if (this.#leftOut.size === 0) return undefined;
    const counts = [...this.#leftOut].toSorted(([, one], [, other]) => other - one);
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const each = counts.map(([what, count]) => `${count} ${what}`).join(', ');
    const type = this.#worst;
    this.#leftOut.clear();
    this.#worst = 'Normal';
    const message = `${total} Events were left out because ${this.#capacity} others were waiting: ${each}. The status of each object, or the audit log, says the same`;
    return { type, message };
  }

  #leaveOut({ regarding, reason, type }: EventSeries): void {
    const what = `${reason} of ${regarding.kind}`;
    const key = this.#leftOut.has(what) || this.#leftOut.size < MOST_COUNTED ? what : OTHERS;
    this.#leftOut.set(key, (this.#leftOut.get(key) ?? 0) + 1);
    if (type === 'Warning') this.#worst = 'Warning';
  }
}
