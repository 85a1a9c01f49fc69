interface Line<Item> {
  time: string;
  item: Item;
}

interface Source<Item> {
  /** Lines that were not taken. */
  queue: Line<Item>[];
  /** Time of the last line, shown or not: no earlier one follows. */
  reached: string;
  /** Monotonic milliseconds: when it opened, or its last line came. */
  heardAt: number;
}

/**
 * Merges lines of several logs by time. A line waits until no other log can have an earlier one, but not for a log that has
 * been silent for `patienceMs`.
 */
export class LineMerger<Item> {
  readonly #patienceMs: number;
  readonly #sources = new Map<string, Source<Item>>();
  /** Lines of logs that have ended. */
  #left: Line<Item>[] = [];

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Begins a log, or its next connection. */
  open(name: string, now: number): void {
    const source = this.#sources.get(name);
    if (source !== undefined) source.heardAt = now;
    else this.#sources.set(name, { queue: [], reached: '', heardAt: now });
  }

  /** Adds a line of an open log; without an item it only tells how far the log was read. */
  push(name: string, line: { time: string; item?: Item }, now: number): void {
    const source = this.#sources.get(name);
    if (source === undefined) throw new Error(`the log ${name} is not open`);
    if (line.item !== undefined) source.queue.push({ time: line.time, item: line.item });
    source.reached = line.time;
    source.heardAt = now;
  }

  /** Ends a log: no line waits for it any more. */
  close(name: string): void {
    const source = this.#sources.get(name);
    if (source === undefined) return;
    this.#left = [...this.#left, ...source.queue].sort(byTime);
    this.#sources.delete(name);
  }

  /** Removes and returns the lines that need not wait, by time. */
  take(now: number): Item[] {
    const limit = this.#limit(now);
    const due = this.#left.filter(({ time }) => time <= limit);
    this.#left = this.#left.slice(due.length);
    for (const source of this.#sources.values()) for (const line of takeUntil(source, limit)) due.push(line);
    return due.sort(byTime).map(({ item }) => item);
  }

  /** The time up to which every log that is not silent was read. */
  #limit(now: number): string {
    const awaited = [...this.#sources.values()].filter(({ heardAt }) => now - heardAt < this.#patienceMs);
    return awaited.map(({ reached }) => reached).reduce((least, one) => (one < least ? one : least), LAST);
  }
}

/** After every time. */
const LAST = '~';

function takeUntil<Item>(source: Source<Item>, limit: string): Line<Item>[] {
  const { queue } = source;
  const later = queue.findIndex(({ time }) => time > limit);
  const taken = later === -1 ? queue : queue.slice(0, later);
  source.queue = later === -1 ? [] : queue.slice(later);
  return taken;
}

function byTime({ time: a }: Line<unknown>, { time: b }: Line<unknown>): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
