/** Where segments are kept. Only the writer appends; only the agent deletes, and never the newest. */
export interface SegmentStore {
  /** Bytes of all segments together. */
  heldBytes(): number;
  /** The most that they may be. */
  maxBytes(): number;
  /** Makes a new segment, higher in number than any, the one that is appended to. */
  begin(): void;
  /** All of it or, with an exception, nothing. */
  append(text: string): void;
}

export interface SegmentLogOptions {
  store: SegmentStore;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Bytes after which a segment is full. */
  segmentBytes?: number;
  /** Milliseconds after which a segment is closed, so that what is printed can be deleted. */
  segmentAgeMs?: number;
}

/** Begins the record that stands where lines are missing; a log line begins with a digit. */
export const LOST_RECORD = '!lost ';
const SEGMENT_BYTES = 1 << 20;
const SEGMENT_AGE = 30_000;
/** Milliseconds between two looks at the disk while the log is full. */
const LOOK_AGAIN = 250;

/**
 * Log lines in numbered segments. Never waits and never throws: what does not fit, or cannot be written, is counted
 * and stands as a record in the place where it is missing, so that the loss is in the log itself.
 */
export class SegmentLog {
  readonly #store: SegmentStore;
  readonly #now: () => number;
  readonly #segmentBytes: number;
  readonly #segmentAgeMs: number;
  #begun: { at: number; bytes: number } | undefined;
  #held = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #lost = 0;

  constructor({ store, now, segmentBytes = SEGMENT_BYTES, segmentAgeMs = SEGMENT_AGE }: SegmentLogOptions) {
    this.#store = store;
    this.#now = now;
    this.#segmentBytes = segmentBytes;
    this.#segmentAgeMs = segmentAgeMs;
  }

  append(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    if (!this.#fits(text.length)) {
      this.#lost += lines.length;
      return;
    }
    const lost = this.#lost;
    if (this.#write(lostRecord(lost) + text)) this.#lost -= lost;
    else this.#lost += lines.length;
  }

  /** Once a second or so: closes an old segment and records what has been lost, cap or not. */
  tick(): void {
    if (this.#lost > 0 && this.#write(lostRecord(this.#lost))) this.#lost = 0;
    if (this.#begun !== undefined && this.#begun.bytes > 0 && this.#isFull(0)) this.seal();
  }

  /** What comes next goes into a new segment. */
  seal(): void {
    try {
      this.#store.begin();
      this.#begun = { at: this.#now(), bytes: 0 };
    } catch {
      this.#begun = undefined;
    }
  }

  #fits(bytes: number): boolean {
    const full = () => this.#held + bytes > this.#store.maxBytes();
    if (full() && this.#now() - this.#lookedAt >= LOOK_AGAIN) this.#look();
    return !full();
  }

  #look(): void {
    this.#lookedAt = this.#now();
    this.#held = this.#store.heldBytes();
  }

  #write(text: string): boolean {
    if (this.#begun === undefined || this.#isFull(text.length)) this.seal();
    if (this.#begun === undefined) return false;
    try {
      this.#store.append(text);
    } catch {
      return false;
    }
    this.#begun.bytes += text.length;
    this.#held += text.length;
    return true;
  }

  #isFull(more: number): boolean {
    if (this.#begun === undefined || this.#begun.bytes === 0) return false;
    const { at, bytes } = this.#begun;
    return bytes + more > this.#segmentBytes || this.#now() - at > this.#segmentAgeMs;
  }
}

function lostRecord(count: number): string {
  return count === 0 ? '' : `${LOST_RECORD}${count}\n`;
}
