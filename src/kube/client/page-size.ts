/** Objects in the first page of a list, whose size is not known. */
const FIRST = 100;
/** As in client-go. */
const MOST = 500;
/** Bytes of a page: its text is parsed in 3 to 10 ms, in which nothing else happens, and several reflectors can be due in one turn. */
const GOAL_BYTES = 512 << 10;
/** The factor by which the next page may be larger: the objects that follow can be larger too. */
const GROWTH = 4;

/** Bytes of a page after which its rest is not read, but asked for again with fewer objects. */
export const MOST_PAGE_BYTES = 2 * GOAL_BYTES;

/**
 * How many objects the next page of a list asks for. An object can have 1.5 MB and more, so that 500 of them would block the
 * event loop for seconds, or not fit into a string.
 */
export class PageSize {
  #objects = FIRST;

  get objects(): number {
    return this.#objects;
  }

  /** Bytes of the next page that are read; a single object is read whole. */
  get mostBytes(): number {
    return this.#objects === 1 ? Number.POSITIVE_INFINITY : MOST_PAGE_BYTES;
  }

  /** A page of so many bytes was read. */
  read(bytes: number): void {
    const fitting = Math.floor((this.#objects * GOAL_BYTES) / Math.max(1, bytes));
    this.#objects = Math.max(1, Math.min(fitting, GROWTH * this.#objects, MOST));
  }

  /** The page was larger than `mostBytes`. */
  tooLarge(): void {
    this.#objects = Math.max(1, Math.floor(this.#objects / GROWTH));
  }
}
