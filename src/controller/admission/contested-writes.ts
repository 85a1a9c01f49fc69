import type { DesiredObject } from '../../api/index.ts';

/** Writes of one content that are not delayed: a re-applied manifest or a restarted platform undoes one now and then. */
const UNDELAYED = 5;
/** Milliseconds. */
const FIRST_DELAY = 1_000;
/** Milliseconds. Also how long a guard can lack our fields while another writer removes them. */
const LONGEST_DELAY = 60_000;
/** Milliseconds without a write after which a content is no longer contested. */
const FORGET_AFTER = 600_000;

interface Write {
  content: string;
  count: number;
  lastAt: number;
}

/**
 * Paces the writes of objects that another writer changes back, so that two writers do not undo each other for ever at
 * full speed. A write whose content is new is never delayed.
 */
export class ContestedWrites {
  readonly #writes = new Map<string, Write>();

  /** Milliseconds until the object may be written. `now` is monotonic. */
  delayOf(desired: DesiredObject, now: number): number {
    const write = this.#find(desired, now);
    if (write === undefined || write.count < UNDELAYED) return 0;
    const delay = Math.min(FIRST_DELAY * 2 ** (write.count - UNDELAYED), LONGEST_DELAY);
    return Math.max(0, write.lastAt + delay - now);
  }

  /** Returns whether this write is the one from which on the object counts as contested. */
  record(desired: DesiredObject, now: number): boolean {
    const count = (this.#find(desired, now)?.count ?? 0) + 1;
    this.#writes.set(idOf(desired), { content: JSON.stringify(desired), count, lastAt: now });
    return count === UNDELAYED;
  }

  #find(desired: DesiredObject, now: number): Write | undefined {
    const write = this.#writes.get(idOf(desired));
    const isKnown = write?.content === JSON.stringify(desired) && now - write.lastAt < FORGET_AFTER;
    return isKnown ? write : undefined;
  }
}

function idOf({ kind, metadata }: DesiredObject): string {
  return `${kind} ${metadata.name}`;
}
