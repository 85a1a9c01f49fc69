import { type Address, type AddressRange, RangeTable } from '../address/index.ts';
import { PatternIndex } from './pattern-index.ts';
import type { Target } from './target.ts';

/** Entries of one port. Buckets are sorted, so that a result does not depend on the order of insertion. */
interface PortIndex<Entry> {
  exact: Map<string, Entry[]>;
  /** Names with asterisks within labels. */
  patterns: PatternIndex<Entry>;
  /** `*.name` and `.name`, by the name after their dot. */
  below: Map<string, Entry[]>;
  any: Entry[];
  ranges: RangeTable<Entry[]>;
}

type Accepts<Entry> = (entry: Entry) => boolean;

/**
 * Finds entries by their targets: one Map access for the port and one for each label of a name or each prefix length in
 * use, whatever the number of entries. Of several entries, the one with the narrowest target wins (a name, a pattern, then
 * the names below one), then the first in order.
 */
export class TargetIndex<Entry> {
  readonly #byPort = new Map<number, PortIndex<Entry>>();
  readonly #compare: (a: Entry, b: Entry) => number;

  constructor(compare: (a: Entry, b: Entry) => number) {
    this.#compare = compare;
  }

  add(target: Target, entry: Entry): void {
    for (const bucket of bucketsOf(this.#portIndex(target.port), target, [entry])) {
      const isNew = bucket.length === 1 && bucket[0] === entry;
      if (!isNew) bucket.splice(this.#placeOf(bucket, entry), 0, entry);
    }
  }

  remove(target: Target, entry: Entry): void {
    const index = this.#byPort.get(target.port);
    if (index === undefined) return;
    for (const bucket of bucketsOf(index, target, [])) {
      const place = this.#placeOf(bucket, entry);
      if (bucket[place] !== undefined && this.#compare(bucket[place], entry) === 0) bucket.splice(place, 1);
    }
    dropEmpty(index, target);
    if (isEmpty(index)) this.#byPort.delete(target.port);
  }

  /** An entry whose target is the name or a pattern that includes it. */
  findName(name: string, port: number, accepts: Accepts<Entry>): Entry | undefined {
    const index = this.#byPort.get(port);
    if (index === undefined) return undefined;
    const exact = index.exact.get(name)?.find(accepts);
    if (exact !== undefined) return exact;
    const matched = index.patterns.isEmpty ? undefined : index.patterns.find(name, accepts);
    if (matched !== undefined || index.below.size === 0) return matched;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const found = index.below.get(name.slice(dot + 1))?.find(accepts);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** An entry for any destination on the port. */
  findAny(port: number, accepts: Accepts<Entry>): Entry | undefined {
    return this.#byPort.get(port)?.any.find(accepts);
  }

  /** An entry whose range includes the address. */
  findAddress(address: Address, port: number, accepts: Accepts<Entry>): Entry | undefined {
    for (const bucket of this.#byPort.get(port)?.ranges.containing(address) ?? []) {
      const found = bucket.find(accepts);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get isEmpty(): boolean {
    return this.#byPort.size === 0;
  }

  #portIndex(port: number): PortIndex<Entry> {
    const existing = this.#byPort.get(port);
    if (existing !== undefined) return existing;
    const index: PortIndex<Entry> = {
      exact: new Map(),
      patterns: new PatternIndex(),
      below: new Map(),
      any: [],
      ranges: new RangeTable(),
    };
    this.#byPort.set(port, index);
    return index;
  }

  /** Index of the entry, or where to insert it. */
  #placeOf(bucket: readonly Entry[], entry: Entry): number {
    let low = 0;
    let high = bucket.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = bucket[middle];
      if (other !== undefined && this.#compare(other, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The buckets of a target. One that does not exist yet begins with `first`: an array that is written as a literal has room for
 * no more than that, where one that grows has room for 17, and almost every name has one entry.
 */
function bucketsOf<Entry>(index: PortIndex<Entry>, target: Target, first: readonly Entry[]): Entry[][] {
  switch (target.kind) {
    case 'exact':
      return [named(index.exact, target.name, first)];
    case 'subdomains':
      return [named(index.below, target.name, first)];
    case 'domain':
      return [named(index.exact, target.name, first), named(index.below, target.name, first)];
    case 'pattern':
      return [index.patterns.bucketOf(target.name)];
    case 'any':
      return [index.any];
    case 'range':
      return [ranged(index.ranges, target.range, first)];
  }
}

function named<Entry>(buckets: Map<string, Entry[]>, name: string, first: readonly Entry[]): Entry[] {
  const known = buckets.get(name);
  if (known !== undefined) return known;
  const bucket = [...first];
  buckets.set(name, bucket);
  return bucket;
}

function ranged<Entry>(buckets: RangeTable<Entry[]>, range: AddressRange, first: readonly Entry[]): Entry[] {
  const known = buckets.get(range);
  if (known !== undefined) return known;
  const bucket = [...first];
  buckets.set(range, bucket);
  return bucket;
}

function dropEmpty<Entry>(index: PortIndex<Entry>, target: Target): void {
  if (target.kind === 'any') return;
  if (target.kind === 'range') {
    if (index.ranges.get(target.range)?.length === 0) index.ranges.delete(target.range);
    return;
  }
  if (target.kind === 'pattern') {
    index.patterns.prune(target.name);
    return;
  }
  for (const buckets of [index.exact, index.below]) {
    if (buckets.get(target.name)?.length === 0) buckets.delete(target.name);
  }
}

function isEmpty<Entry>({ exact, patterns, below, any, ranges }: PortIndex<Entry>): boolean {
  return exact.size === 0 && patterns.isEmpty && below.size === 0 && any.length === 0 && ranges.isEmpty;
}
