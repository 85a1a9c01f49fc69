import type { ClusterEgressRuleSet, EgressRuleSet } from '../../api/index.ts';
import type { Address } from '../address/address.ts';
import { type AddressRange, rangeIncludes } from '../address/address-range.ts';
import { RangeTable } from '../address/range-table.ts';
import type { Fault } from '../fault.ts';
import { isWildcard } from '../target/target.ts';
import { TargetIndex } from '../target/target-index.ts';
import { matchesSelector, selectsAll } from '../validate/label-selector.ts';
import {
  type CompiledRule,
  type CompiledSet,
  compareRules,
  compileClusterRuleSet,
  compileRuleSet,
} from './compiled-set.ts';
import type { Client } from './decision.ts';

/** What an EgressProxy says about rule sets as a whole. */
export interface RuleSetLimits {
  ruleSetScope: 'Namespace' | 'Cluster';
  /** Deny: `*:port` in a team's set grants nothing, also where it was admitted under another proxy. */
  wildcardTargets: 'Warn' | 'Deny';
}

/** A stored object that does not parse. */
export interface InvalidRuleSet {
  kind: 'EgressRuleSet' | 'ClusterEgressRuleSet';
  /** Undefined for a cluster rule set. */
  namespace: string | undefined;
  name: string;
  faults: Fault[];
}

/** Rules that may hold for a client, and whether one of them does. */
export interface RuleScope {
  index: TargetIndex<CompiledRule>;
  holds(rule: CompiledRule): boolean;
}

const newIndex = () => new TargetIndex<CompiledRule>(compareRules);

/**
 * The rule sets of the cluster, compiled. It is updated set by set; what it answers depends on the sets that are in
 * it and not on how they came in.
 */
export class RuleSetIndex {
  readonly #sets = new Map<string, CompiledSet>();
  readonly #invalid = new Map<string, InvalidRuleSet>();
  readonly #byNamespace = new Map<string, TargetIndex<CompiledRule>>();
  /** Every set without a podSelector, for ruleSetScope Cluster. */
  readonly #union = newIndex();
  readonly #forPods = { Allow: newIndex(), Deny: newIndex() };
  readonly #forRanges = { Allow: newIndex(), Deny: newIndex() };
  /** How many sets name the range as a client. */
  readonly #clientRanges = new RangeTable<number>();

  setRuleSet(object: EgressRuleSet): void {
    const { namespace = '', name } = object.metadata;
    this.#set('EgressRuleSet', compileRuleSet(object, { namespace, name }));
  }

  deleteRuleSet(namespace: string, name: string): void {
    this.#delete(keyOf({ namespace, name }));
  }

  setClusterRuleSet(object: ClusterEgressRuleSet): void {
    const { name } = object.metadata;
    this.#set('ClusterEgressRuleSet', compileClusterRuleSet(object, { namespace: undefined, name }));
  }

  deleteClusterRuleSet(name: string): void {
    this.#delete(keyOf({ namespace: undefined, name }));
  }

  /** Sets that do not parse, and what is wrong with them. They grant nothing. */
  get invalid(): InvalidRuleSet[] {
    return [...this.#invalid.values()];
  }

  /** How many sets are in the book, invalid ones included. */
  get size(): number {
    return this.#sets.size;
  }

  /** Whether any set names the address as a client that is no pod; without one it need not be asked about. */
  servesAddress(address: Address): boolean {
    return this.#clientRanges.find(address) !== undefined;
  }

  /** Where a client's Allow rules stand. */
  allowShelves(client: Client, { ruleSetScope, wildcardTargets }: RuleSetLimits): RuleScope[] {
    if (client.kind === 'range')
      return [{ index: this.#forRanges.Allow, holds: holdsForAddress(client.address) }];
    const grants = wildcardTargets === 'Deny' ? (rule: CompiledRule) => !isWildcard(rule.target) : () => true;
    const own = this.#byNamespace.get(client.namespace);
    const shelves: RuleScope[] = [];
    if (own !== undefined) {
      const holds: RuleScope['holds'] = (rule) =>
        grants(rule) && matchesSelector(rule.set.podSelector, client.labels);
      shelves.push({ index: own, holds });
    }
    if (ruleSetScope === 'Cluster') shelves.push({ index: this.#union, holds: grants });
    shelves.push({ index: this.#forPods.Allow, holds: holdsForNamespace(client.namespaceLabels) });
    return shelves;
  }

  /** Where the Deny rules stand that may hold for a client. */
  denyShelf(client: Client): RuleScope {
    return client.kind === 'range'
      ? { index: this.#forRanges.Deny, holds: holdsForAddress(client.address) }
      : { index: this.#forPods.Deny, holds: holdsForNamespace(client.namespaceLabels) };
  }

  #set(kind: InvalidRuleSet['kind'], { set, faults }: { set: CompiledSet; faults: Fault[] }): void {
    const key = keyOf(set);
    this.#delete(key);
    this.#sets.set(key, set);
    if (faults.length > 0) this.#invalid.set(key, { kind, namespace: set.namespace, name: set.name, faults });
    for (const index of this.#indexesOf(set)) {
      for (const rule of set.rules) index.add(rule.target, rule);
    }
    for (const range of set.clientRanges ?? []) this.#countClientRange(range, 1);
  }

  #delete(key: string): void {
    const set = this.#sets.get(key);
    if (set === undefined) return;
    this.#sets.delete(key);
    this.#invalid.delete(key);
    for (const index of this.#indexesOf(set)) {
      for (const rule of set.rules) index.remove(rule.target, rule);
    }
    for (const range of set.clientRanges ?? []) this.#countClientRange(range, -1);
    if (set.namespace !== undefined && this.#byNamespace.get(set.namespace)?.isEmpty)
      this.#byNamespace.delete(set.namespace);
  }

  #indexesOf(set: CompiledSet): TargetIndex<CompiledRule>[] {
    if (set.namespace === undefined)
      return [(set.clientRanges === undefined ? this.#forPods : this.#forRanges)[set.action]];
    const own = this.#byNamespace.get(set.namespace) ?? newIndex();
    this.#byNamespace.set(set.namespace, own);
    return selectsAll(set.podSelector) ? [own, this.#union] : [own];
  }

  #countClientRange(range: AddressRange, by: number): void {
    const count = (this.#clientRanges.get(range) ?? 0) + by;
    if (count > 0) this.#clientRanges.set(range, count);
    else this.#clientRanges.delete(range);
  }
}

function holdsForAddress(address: Address): RuleScope['holds'] {
  return ({ set }) => set.clientRanges?.some((range) => rangeIncludes(range, address)) ?? false;
}

function holdsForNamespace(labels: Readonly<Record<string, string>>): RuleScope['holds'] {
  return ({ set }) => matchesSelector(set.namespaceSelector, labels);
}

function keyOf({ namespace, name }: { namespace: string | undefined; name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
