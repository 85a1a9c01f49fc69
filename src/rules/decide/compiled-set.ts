import type { LabelSelector } from '../../api/index.ts';
import type { AddressRange } from '../address/address-range.ts';
import type { Fault } from '../fault.ts';
import { fieldOf } from '../validate/read-fields.ts';
import { readRanges } from '../validate/read-ranges.ts';
import { type IndexedTarget, readTargets } from '../validate/read-targets.ts';
import { validateClusterEgressRuleSet } from '../validate/validate-cluster-rule-set.ts';
import { validateEgressRuleSet } from '../validate/validate-rule-set.ts';
import type { RuleRef } from './decision.ts';

/** What of a set's metadata the book needs. */
export interface SetName {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** A rule set as the book keeps it. */
export interface CompiledSet extends SetName {
  readonly action: 'Allow' | 'Deny';
  readonly podSelector: LabelSelector | undefined;
  readonly namespaceSelector: LabelSelector | undefined;
  /** The clients that are no pods; undefined: the set holds for pods. */
  readonly clientRanges: readonly AddressRange[] | undefined;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledRule extends IndexedTarget {
  readonly set: CompiledSet;
}

export interface Compilation {
  set: CompiledSet;
  faults: Fault[];
}

/** One that has a fault grants nothing: which of its lines were meant cannot be told. */
export function compileRuleSet(object: unknown, name: SetName): Compilation {
  const { faults } = validateEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const targets = faults.length === 0 ? readTargets(spec, 'spec.targets').targets : [];
  const podSelector = fieldOf(spec, 'podSelector') as LabelSelector | undefined;
  const none = { namespaceSelector: undefined, clientRanges: undefined };
  return { set: withRules({ ...name, action: 'Allow', podSelector, ...none }, targets), faults };
}

/**
 * An Allow with a fault grants nothing. A Deny with one keeps denying what can be read of it, and whom it is meant
 * for, where that cannot be read, is everyone: a mistake closes and never opens.
 */
export function compileClusterRuleSet(object: unknown, name: SetName): Compilation {
  const { faults } = validateClusterEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const action = fieldOf(spec, 'action') === 'Deny' ? 'Deny' : 'Allow';
  const readable = faults.length === 0 || action === 'Deny';
  const targets = readable ? readTargets(spec, 'spec.targets').targets : [];
  const selectorFaulty = faults.some(({ field }) => field.startsWith('spec.namespaceSelector'));
  const selector = selectorFaulty ? undefined : fieldOf(spec, 'namespaceSelector');
  const { ranges } = readRanges(spec, 'clientCIDRs', 'spec.clientCIDRs');
  const head = {
    ...name,
    action,
    podSelector: undefined,
    namespaceSelector: selector as LabelSelector | undefined,
    clientRanges: fieldOf(spec, 'clientCIDRs') === undefined ? undefined : ranges,
  } as const;
  return { set: withRules(head, targets), faults };
}

/** By the set's name, then the place in it. */
export function compareRules(a: CompiledRule, b: CompiledRule): number {
  return (
    compareTexts(a.set.namespace ?? '', b.set.namespace ?? '') ||
    compareTexts(a.set.name, b.set.name) ||
    a.index - b.index
  );
}

export function refOf({ set: { namespace, name }, index, text }: CompiledRule): RuleRef {
  return { namespace, name, index, target: text };
}

function withRules(head: Omit<CompiledSet, 'rules'>, targets: readonly IndexedTarget[]): CompiledSet {
  const rules: CompiledRule[] = [];
  const set: CompiledSet = { ...head, rules };
  for (const target of targets) rules.push({ ...target, set });
  return set;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
