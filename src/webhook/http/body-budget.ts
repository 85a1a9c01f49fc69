/** Bytes of the request bodies that may be arriving at the same time, by all sources; a tenth of the default memory. */
const BODIES_BYTES = 96 * 1024 * 1024;

/**
 * Shares the memory for arriving bodies between their sources, so that one of them cannot keep the API server out: a
 * source that holds nothing may always send one body, and further ones while it holds less than an equal share.
 */
export class BodyBudget {
  readonly #total: number;
  /** Bytes by source; a source without a body has no entry. */
  readonly #held = new Map<string, number>();

  constructor(total = BODIES_BYTES) {
    this.#total = total;
  }

  /** Bytes that all sources hold. */
  get held(): number {
    let sum = 0;
    for (const bytes of this.#held.values()) sum += bytes;
    return sum;
  }

  /** Reserves the bytes of a body; false if the source has to wait. `release` takes the same bytes. */
  reserve(source: string, bytes: number): boolean {
    const held = this.#held.get(source);
    if (held !== undefined && held + bytes > this.#total / this.#held.size) return false;
    this.#held.set(source, (held ?? 0) + bytes);
    return true;
  }

  release(source: string, bytes: number): void {
    const left = (this.#held.get(source) ?? 0) - bytes;
    if (left > 0) this.#held.set(source, left);
    else this.#held.delete(source);
  }
}
