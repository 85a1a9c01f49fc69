import type { EgressTargetGroup } from '../../api/index.ts';
import type { Fault } from '../fault.ts';
import { TargetIndex } from '../target/index.ts';
import { type IndexedTarget, readEgressTargetGroup } from '../validate/index.ts';
import { compareTexts } from './compiled-set.ts';

/** One target of a group. */
export interface GroupTarget extends Pick<IndexedTarget, 'target' | 'index'> {
  readonly group: CompiledGroup;
}

interface CompiledGroup {
  readonly name: string;
  /** Faults of the group: then it allows nothing, and still denies the targets that parse. */
  readonly faults: readonly Fault[];
  readonly targets: readonly GroupTarget[];
  /** What tells two versions of it apart; undefined if nothing does. */
  readonly version: string | undefined;
}

/** The target groups, each compiled once, however many rule sets refer to it. */
export class TargetGroups {
  readonly index = new TargetIndex<GroupTarget>(
    (a, b) => compareTexts(a.group.name, b.group.name) || a.index - b.index,
  );
  readonly #groups = new Map<string, CompiledGroup>();

  has(name: string, version: string | undefined): boolean {
    return version !== undefined && this.#groups.get(name)?.version === version;
  }

  set(object: EgressTargetGroup, version: string | undefined): void {
    const { name } = object.metadata;
    if (this.has(name, version)) return;
    this.delete(name);
    const { faults, targets: readable } = readEgressTargetGroup(object);
    const targets: GroupTarget[] = [];
    const group: CompiledGroup = { name, faults, targets, version };
    for (const { target, index } of readable) targets.push({ target, index, group });
    for (const each of targets) this.index.add(each.target, each);
    this.#groups.set(name, group);
  }

  delete(name: string): void {
    for (const each of this.#groups.get(name)?.targets ?? []) this.index.remove(each.target, each);
    this.#groups.delete(name);
  }

  /** The groups with faults. */
  get invalid(): { name: string; faults: Fault[] }[] {
    return [...this.#groups.values()]
      .filter(({ faults }) => faults.length > 0)
      .map(({ name, faults }) => ({ name, faults: [...faults] }));
  }
}
