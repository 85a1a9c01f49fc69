export interface TopTargetsOptions {
  /** How many targets are told apart. */
  size: number;
  /** How many others may be on their way up. */
  candidates?: number;
  /** After so many requests for others it is looked who has grown. */
  period?: number;
}

/** As what a request counts, and a target that has just lost its place to a greater one. */
export interface Counted {
  as: string;
  dropped?: string;
}

export const OTHER = 'other';

/**
 * The targets that are asked for most, of any number. Each request counts under exactly one name, so that sums and
 * rates are right; one target after the other changes places, so that the names stay few. Recent requests count more:
 * with each look all counts are halved.
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

  /** `mayGrow`: whether a new target may have a name where there is room. */
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
    const dropped = this.#toOthers % period === 0 ? this.#review() : undefined;
    return { as: OTHER, ...(dropped !== undefined && { dropped }) };
  }

  #review(): string | undefined {
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

/** What falls below the least is forgotten. */
function halve(counts: Map<string, number>, least: number): void {
  for (const [target, count] of counts) {
    const half = Math.floor(count / 2);
    if (half < least) counts.delete(target);
    else counts.set(target, half);
  }
}
