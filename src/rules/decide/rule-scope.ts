import type { Address } from '../address/index.ts';
import type { CompiledRule } from './compiled-set.ts';
import type { RuleIndex } from './rule-index.ts';
import type { GroupTarget, TargetGroups } from './target-groups.ts';

type Accepts = (target: GroupTarget) => boolean;

/** Rules, those of target groups included, and which of them apply to a client. */
export class RuleScope {
  readonly #rules: RuleIndex;
  readonly #groups: TargetGroups;
  readonly #applies: (rule: CompiledRule) => boolean;

  constructor(rules: RuleIndex, groups: TargetGroups, applies: (rule: CompiledRule) => boolean) {
    this.#rules = rules;
    this.#groups = groups;
    this.#applies = applies;
  }

  /** A rule for the name. The sets' own targets win over those of their groups. */
  findName(name: string, port: number): CompiledRule | undefined {
    return (
      this.#rules.targets.findName(name, port, this.#applies) ??
      this.#findInGroups((accepts) => this.#groups.index.findName(name, port, accepts))
    );
  }

  /** A rule whose range includes the address. */
  findAddress(address: Address, port: number): CompiledRule | undefined {
    return (
      this.#rules.targets.findAddress(address, port, this.#applies) ??
      this.#findInGroups((accepts) => this.#groups.index.findAddress(address, port, accepts))
    );
  }

  /** A rule for any destination on the port, which no group may have. */
  findAny(port: number): CompiledRule | undefined {
    return this.#rules.targets.findAny(port, this.#applies);
  }

  /** The index of groups has those of every scope: a target counts if a set of this one refers to its group. */
  #findInGroups(find: (accepts: Accepts) => GroupTarget | undefined): CompiledRule | undefined {
    if (!this.#rules.hasGroups) return undefined;
    let rule: CompiledRule | undefined;
    find((candidate) => {
      rule = this.#ruleOf(candidate);
      return rule !== undefined;
    });
    return rule;
  }

  #ruleOf({ target, index, group }: GroupTarget): CompiledRule | undefined {
    for (const set of this.#rules.referringTo(group.name)) {
      if (group.faults.length > 0 && set.action === 'Allow') continue;
      const rule: CompiledRule = { target, index, set, group: group.name };
      if (this.#applies(rule)) return rule;
    }
    return undefined;
  }
}
