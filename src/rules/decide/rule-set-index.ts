import type {
  ClusterEgressRuleSet,
  EgressRuleSet,
  EgressTargetGroup,
  RequestLimits,
} from '../../api/index.ts';
import { type Address, type AddressRange, RangeTable, rangeIncludes } from '../address/index.ts';
import type { Fault } from '../fault.ts';
import { isWildcard } from '../target/index.ts';
import { matchesSelector, selectsAll } from '../validate/index.ts';
import {
  type CompiledRule,
  type CompiledSet,
  compileClusterRuleSet,
  compileRuleSet,
  type SetName,
} from './compiled-set.ts';
import { ExpiryTimes } from './expiry-times.ts';
import { narrowLimits } from './narrow-limits.ts';
import type { Client } from './request.ts';
import { RuleIndex } from './rule-index.ts';
import { RuleScope } from './rule-scope.ts';
import { TargetGroups } from './target-groups.ts';

/** Settings of an EgressProxy that limit rule sets as a whole. */
export interface RuleSetLimits {
  ruleSetScope: 'Namespace' | 'Cluster';
  /** Deny: `*:port` of an EgressRuleSet grants nothing, even if it was admitted under another proxy. */
  wildcardTargets: 'Warn' | 'Deny';
}

/** A stored rule set or target group with faults. */
export interface InvalidRuleSet {
  kind: 'EgressRuleSet' | 'ClusterEgressRuleSet' | 'EgressTargetGroup';
  /** Undefined for a cluster rule set. */
  namespace: string | undefined;
  name: string;
  faults: Fault[];
}

type Applies = (rule: CompiledRule) => boolean;

/** Whether a rule decides, or its set has expired. */
export type RuleState = 'inEffect' | 'expired';

/**
 * Compiled rule sets and target groups of the cluster. It is updated object by object; its answers depend on the objects in it and on its
 * time, not on the order of updates. A set that has expired by that time stays in the index and has no effect.
 */
export class RuleSetIndex {
  readonly #sets = new Map<string, CompiledSet>();
  /** UID and generation of each set in the index, if it has them. */
  readonly #specs = new Map<string, string>();
  readonly #invalid = new Map<string, InvalidRuleSet>();
  readonly #byNamespace = new Map<string, RuleIndex>();
  /** Rules of the sets without a podSelector; undefined until ruleSetScope is Cluster, since it is as large as all the others. */
  #union: RuleIndex | undefined;
  /** Keys of the sets whose rules the union lacks: they were in the index before it. */
  readonly #outsideUnion = new Set<string>();
  readonly #forPods = { Allow: new RuleIndex(), Deny: new RuleIndex() };
  readonly #forRanges = { Allow: new RuleIndex(), Deny: new RuleIndex() };
  readonly #groups = new TargetGroups();
  /** The sets that narrow limits, by the key of the set. */
  readonly #limiting = new Map<string, CompiledSet & { limits: RequestLimits }>();
  /** The sets that name the range in clientCIDRs. */
  readonly #clientRanges = new RangeTable<Set<CompiledSet>>();
  readonly #expiries = new ExpiryTimes();

  /** Whether the set is in the index with this spec: then only its metadata or status has changed. */
  has({ metadata }: EgressRuleSet | ClusterEgressRuleSet): boolean {
    const spec = specOf(metadata);
    return spec !== undefined && this.#specs.get(keyOf(metadata)) === spec;
  }

  setRuleSet(object: EgressRuleSet): void {
    if (this.has(object)) {
      this.#joinUnion(keyOf(object.metadata));
      return;
    }
    const { namespace = '', name } = object.metadata;
    this.#replace({ namespace, name }, object);
    this.#set('EgressRuleSet', compileRuleSet(object, { namespace, name }));
  }

  deleteRuleSet(namespace: string, name: string): void {
    this.#delete(keyOf({ namespace, name }));
  }

  setClusterRuleSet(object: ClusterEgressRuleSet): void {
    if (this.has(object)) return;
    const setName = { namespace: undefined, name: object.metadata.name };
    this.#replace(setName, object);
    this.#set('ClusterEgressRuleSet', compileClusterRuleSet(object, setName));
  }

  deleteClusterRuleSet(name: string): void {
    this.#delete(keyOf({ namespace: undefined, name }));
  }

  /** Whether the group is in the index with this spec. */
  hasGroup({ metadata }: EgressTargetGroup): boolean {
    return this.#groups.has(metadata.name, specOf(metadata));
  }

  /** A changed group has an effect in every set that refers to it. */
  setGroup(object: EgressTargetGroup): void {
    this.#groups.set(object, specOf(object.metadata));
  }

  deleteGroup(name: string): void {
    this.#groups.delete(name);
  }

  /**
   * Indexes sets for ruleSetScope Cluster from now on, as they come. A set that is in the index already grants nothing to other
   * namespaces until it is set again (`lacksCluster`), so that callers can spread that work.
   */
  beginCluster(): void {
    if (this.#union !== undefined) return;
    this.#union = new RuleIndex();
    for (const [key, { namespace, podSelector }] of this.#sets)
      if (namespace !== undefined && selectsAll(podSelector)) this.#outsideUnion.add(key);
  }

  /** Whether the set has to be set again to grant something to other namespaces. */
  lacksCluster({ metadata }: EgressRuleSet): boolean {
    return this.#outsideUnion.has(keyOf(metadata));
  }

  /** The next moment, in milliseconds since the epoch, at which a set expires; ExpiryTimes.next. */
  get nextExpiry(): number | undefined {
    return this.#expiries.next;
  }

  /** Whether other sets would have an effect if this were the time, in milliseconds since the epoch. */
  changesAt(now: number): boolean {
    return this.#expiries.changesAt(now);
  }

  /** Sets the time by which sets have expired or not. At the beginning it is before every expiry. */
  setTime(now: number): void {
    this.#expiries.setNow(now);
  }

  /** Sets and groups with faults. They grant nothing. */
  get invalid(): InvalidRuleSet[] {
    const groups = this.#groups.invalid.map((group) => ({
      kind: 'EgressTargetGroup' as const,
      namespace: undefined,
      ...group,
    }));
    return [...this.#invalid.values(), ...groups];
  }

  /** Number of sets, invalid ones included. */
  get size(): number {
    return this.#sets.size;
  }

  /** Whether any set names the address in clientCIDRs. */
  servesAddress(address: Address): boolean {
    for (const sets of this.#clientRanges.containing(address))
      for (const set of sets) if (this.#stateOf(set) === 'inEffect') return true;
    return false;
  }

  /** The Allow rules that may apply to a client, or those that may have applied until they expired. */
  allowScopes(
    client: Client,
    { ruleSetScope, wildcardTargets }: RuleSetLimits,
    state: RuleState = 'inEffect',
  ): RuleScope[] {
    if (client.kind === 'range')
      return [this.#scope(this.#forRanges.Allow, this.#appliesToAddress(client.address, state))];
    const grants = (rule: CompiledRule) =>
      this.#stateOf(rule.set) === state && (wildcardTargets !== 'Deny' || !isWildcard(rule.target));
    const own = this.#byNamespace.get(client.namespace);
    const scopes: RuleScope[] = [];
    if (own !== undefined) {
      const applies: Applies = (rule) => grants(rule) && matchesSelector(rule.set.podSelector, client.labels);
      scopes.push(this.#scope(own, applies));
    }
    if (ruleSetScope === 'Cluster') scopes.push(this.#scope(this.#union ?? this.#wholeUnion(), grants));
    scopes.push(this.#scope(this.#forPods.Allow, this.#appliesToNamespace(client.namespaceLabels, state)));
    return scopes;
  }

  /** The Deny rules that may apply to a client. */
  denyScope(client: Client): RuleScope {
    return client.kind === 'range'
      ? this.#scope(this.#forRanges.Deny, this.#appliesToAddress(client.address))
      : this.#scope(this.#forPods.Deny, this.#appliesToNamespace(client.namespaceLabels));
  }

  /** The limits that cluster rule sets narrow for a client. */
  limitsFor(client: Client): RequestLimits {
    let narrowest: RequestLimits = {};
    for (const set of this.#limiting.values())
      if (this.#stateOf(set) === 'inEffect' && appliesToClient(set, client))
        narrowest = narrowLimits(narrowest, set.limits);
    return narrowest;
  }

  /** The union with every set, in one step: for callers that did not begin it. */
  #wholeUnion(): RuleIndex {
    this.beginCluster();
    for (const key of this.#outsideUnion) this.#joinUnion(key);
    return this.#union ?? new RuleIndex();
  }

  #joinUnion(key: string): void {
    if (!this.#outsideUnion.delete(key)) return;
    const set = this.#sets.get(key);
    if (set !== undefined) this.#union?.add(set);
  }

  #scope(rules: RuleIndex, applies: Applies): RuleScope {
    return new RuleScope(rules, this.#groups, applies);
  }

  #stateOf({ expiresAt }: CompiledSet): RuleState {
    return expiresAt > this.#expiries.now ? 'inEffect' : 'expired';
  }

  #appliesToAddress(address: Address, state: RuleState = 'inEffect'): Applies {
    return ({ set }) =>
      this.#stateOf(set) === state &&
      (set.clientRanges?.some((range) => rangeIncludes(range, address)) ?? false);
  }

  #appliesToNamespace(labels: Readonly<Record<string, string>>, state: RuleState = 'inEffect'): Applies {
    return ({ set }) => this.#stateOf(set) === state && matchesSelector(set.namespaceSelector, labels);
  }

  #replace(setName: SetName, { metadata }: EgressRuleSet | ClusterEgressRuleSet): void {
    const key = keyOf(setName);
    const spec = specOf(metadata);
    this.#delete(key);
    if (spec !== undefined) this.#specs.set(key, spec);
  }

  #set(kind: InvalidRuleSet['kind'], { set, faults }: { set: CompiledSet; faults: Fault[] }): void {
    const key = keyOf(set);
    this.#sets.set(key, set);
    this.#expiries.set(key, set.expiresAt);
    if (faults.length > 0) this.#invalid.set(key, { kind, namespace: set.namespace, name: set.name, faults });
    for (const index of this.#indexesOf(set)) index.add(set);
    for (const range of set.clientRanges ?? []) this.#addClientRange(range, set);
    const { limits } = set;
    if (limits !== undefined) this.#limiting.set(key, { ...set, limits });
  }

  #delete(key: string): void {
    const set = this.#sets.get(key);
    if (set === undefined) return;
    this.#sets.delete(key);
    this.#specs.delete(key);
    this.#invalid.delete(key);
    this.#limiting.delete(key);
    this.#expiries.delete(key);
    for (const index of this.#indexesOf(set)) index.remove(set);
    this.#outsideUnion.delete(key);
    for (const range of set.clientRanges ?? []) this.#removeClientRange(range, set);
    if (set.namespace !== undefined && this.#byNamespace.get(set.namespace)?.isEmpty)
      this.#byNamespace.delete(set.namespace);
  }

  #indexesOf(set: CompiledSet): RuleIndex[] {
    if (set.namespace === undefined)
      return [(set.clientRanges === undefined ? this.#forPods : this.#forRanges)[set.action]];
    const own = this.#byNamespace.get(set.namespace) ?? new RuleIndex();
    this.#byNamespace.set(set.namespace, own);
    const isOutside = !selectsAll(set.podSelector) || this.#outsideUnion.has(keyOf(set));
    return this.#union === undefined || isOutside ? [own] : [own, this.#union];
  }

  #addClientRange(range: AddressRange, set: CompiledSet): void {
    const sets = this.#clientRanges.get(range) ?? new Set();
    this.#clientRanges.set(range, sets.add(set));
  }

  #removeClientRange(range: AddressRange, set: CompiledSet): void {
    const sets = this.#clientRanges.get(range);
    sets?.delete(set);
    if (sets?.size === 0) this.#clientRanges.delete(range);
  }
}

/** Whether a cluster rule set is for the client: for pods, unless it has clientCIDRs. */
function appliesToClient({ clientRanges, namespaceSelector }: CompiledSet, client: Client): boolean {
  if (client.kind === 'range')
    return clientRanges?.some((range) => rangeIncludes(range, client.address)) ?? false;
  return clientRanges === undefined && matchesSelector(namespaceSelector, client.namespaceLabels);
}

/** The API server numbers the specs of an object by its generation. */
function specOf({ uid, generation }: EgressRuleSet['metadata']): string | undefined {
  return uid === undefined || generation === undefined ? undefined : `${uid} ${generation}`;
}

function keyOf({ namespace, name }: { namespace?: string | undefined; name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
