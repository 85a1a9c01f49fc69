import { TargetIndex } from '../target/index.ts';
import { type CompiledRule, type CompiledSet, compareRules, compareSets } from './compiled-set.ts';

/** The rules of some sets, and the references of these sets to target groups, whose targets are kept elsewhere, once. */
export class RuleIndex {
  readonly targets = new TargetIndex<CompiledRule>(compareRules);
  /** By the name of the group, in the order of sets. */
  readonly #referring = new Map<string, CompiledSet[]>();

  add(set: CompiledSet): void {
    for (const rule of set.rules) this.targets.add(rule.target, rule);
    for (const group of set.groups) {
      const sets = this.#referring.get(group) ?? [];
      this.#referring.set(group, sets);
      sets.splice(placeOf(sets, set), 0, set);
    }
  }

  remove(set: CompiledSet): void {
    for (const rule of set.rules) this.targets.remove(rule.target, rule);
    for (const group of set.groups) {
      const sets = this.#referring.get(group) ?? [];
      const place = placeOf(sets, set);
      if (sets[place] === set) sets.splice(place, 1);
      if (sets.length === 0) this.#referring.delete(group);
    }
  }

  /** The sets that refer to a group. */
  referringTo(group: string): readonly CompiledSet[] {
    return this.#referring.get(group) ?? [];
  }

  get hasGroups(): boolean {
    return this.#referring.size > 0;
  }

  get isEmpty(): boolean {
    return this.targets.isEmpty && !this.hasGroups;
  }
}

/** Index of the set, or where to insert it. */
function placeOf(sets: readonly CompiledSet[], set: CompiledSet): number {
  let low = 0;
  let high = sets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = sets[middle];
    if (other !== undefined && compareSets(other, set) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
