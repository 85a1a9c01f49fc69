export interface TopTargetsOptions {
  /** Number of targets with a name. */
  size: number;
  /** Number of other targets that are counted as candidates. */
  candidates?: number;
  /** Requests counted as "other" between two re-rankings. */
  period?: number;
}

/** The name under which a request counts, and the target that has just lost its place. */
export interface Counted {
  as: string;
  dropped?: string;
}

export const OTHER = 'other';

/**
 * The most requested targets. Each request counts under exactly one name, so that sums and rates are right; a
 * re-ranking replaces at most one target, so that names stay few. All counts are halved with it, so that recent requests
 * weigh more.
 */
export class TopTargets {
  readonly #options: Required<TopTargetsOptions>;
  readonly #named = new Map<string, number>();
  readonly #others = new Map<string, number>();
  #toOthers = 0;

  constructor({ size, candidates = 100, period = 1000 }: TopTargetsOptions) {
    this.#options = { size, candidates, period };
  }

  get size(): number {
    return this.#named.size;
  }

  /** `mayGrow`: whether a new target may take a free place. */
  count(target: string, mayGrow = true): Counted {
    const { size, candidates, period } = this.#options;
    const known = this.#named.get(target);
    if (known !== undefined || (mayGrow && this.#named.size < size)) {
      this.#named.set(target, (known ?? 0) + 1);
      return { as: target };
    }
    const before = this.#others.get(target);
    if (before !== undefined || this.#others.size < candidates) this.#others.set(target, (before ?? 0) + 1);
    this.#toOthers += 1;
    const dropped = this.#toOthers % period === 0 ? this.#rank() : undefined;
    return { as: OTHER, ...(dropped !== undefined && { dropped }) };
  }

  #rank(): string | undefined {
    const [riser, risen = 0] = extreme(this.#others, (a, b) => a > b) ?? [];
    const [least, lowest = 0] = extreme(this.#named, (a, b) => a < b) ?? [];
    const changes = riser !== undefined && least !== undefined && risen > 2 * lowest;
    if (changes) {
      this.#named.delete(least);
      this.#others.delete(riser);
      this.#named.set(riser, risen);
    }
    halve(this.#named, 0);
    halve(this.#others, 1);
    return changes ? least : undefined;
  }
}

function extreme(counts: Map<string, number>, isFurther: (a: number, b: number) => boolean) {
  let found: [string, number] | undefined;
  for (const entry of counts) if (found === undefined || isFurther(entry[1], found[1])) found = entry;
  return found;
}

/** Removes counts that fall below `least`. */
function halve(counts: Map<string, number>, least: number): void {
  for (const [target, count] of counts) {
    const half = Math.floor(count / 2);
    if (half < least) counts.delete(target);
    else counts.set(target, half);
  }
}
