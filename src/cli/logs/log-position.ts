/** A line of a container's log, and when the node's container runtime read it. */
export interface TimedLine {
  /** UTC with nine digits of a second, so that times compare as text. */
  time: string;
  text: string;
}

/**
 * Where a reader is in a container's log. The API server knows positions only to the second, so that a new connection sends
 * the lines of the last second again.
 */
export class LogPosition {
  /** RFC 3339, to the second; undefined: the beginning of the log. */
  #second: string | undefined;
  #seen = new Set<string>();

  constructor(second?: string) {
    this.#second = second;
  }

  /** For the query `sinceTime`. */
  get since(): string | undefined {
    return this.#second;
  }

  /** Takes a line as the API server sends it with `timestamps`. Undefined if it was read before, or has no time. */
  advance(line: string): TimedLine | undefined {
    const timed = parseLine(line);
    if (timed === undefined) return undefined;
    const second = `${timed.time.slice(0, 19)}Z`;
    if (second !== this.#second) this.#seen.clear();
    else if (this.#seen.has(line)) return undefined;
    this.#second = second;
    this.#seen.add(line);
    return timed;
  }
}

const TIMED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) (.*)$/s;

/** A node writes the time of its own zone. */
function parseLine(line: string): TimedLine | undefined {
  const [, second = '', fraction = '', zone = '', text = ''] = TIMED.exec(line) ?? [];
  const time = Date.parse(`${second}${zone}`);
  if (Number.isNaN(time)) return undefined;
  return { time: `${new Date(time).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`, text };
}
