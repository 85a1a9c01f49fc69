import type { LabelSelector, RequestLimits } from '../../api/index.ts';
import type { AddressRange } from '../address/index.ts';
import type { Fault } from '../fault.ts';
import { formatTarget } from '../target/index.ts';
import {
  expiryOf,
  fieldOf,
  type IndexedTarget,
  readClusterEgressRuleSet,
  readEgressRuleSet,
  readRanges,
} from '../validate/index.ts';
import type { RuleRef } from './request.ts';

/** Identity of a rule set. */
export interface SetName {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** A rule set, parsed for the index. */
export interface CompiledSet extends SetName {
  readonly action: 'Allow' | 'Deny';
  readonly podSelector: LabelSelector | undefined;
  readonly namespaceSelector: LabelSelector | undefined;
  /** Clients that are not pods; undefined: the set applies to pods. */
  readonly clientRanges: readonly AddressRange[] | undefined;
  /** What it narrows for its clients; undefined: nothing. */
  readonly limits: RequestLimits | undefined;
  /** Milliseconds since the epoch from which the set has no effect; infinite if it does not expire. */
  readonly expiresAt: number;
  readonly rules: readonly CompiledRule[];
}

/** Without the target's text, which is as long as all the rest: formatTarget has it. */
export interface CompiledRule extends Pick<IndexedTarget, 'target' | 'index'> {
  readonly set: CompiledSet;
}

export interface Compilation {
  set: CompiledSet;
  faults: Fault[];
}

/** A set with a fault grants nothing, since the intent of the rest is not known. */
export function compileRuleSet(object: unknown, name: SetName): Compilation {
  const { faults, targets: readable } = readEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const targets = faults.length === 0 ? readable : [];
  const podSelector = fieldOf(spec, 'podSelector') as LabelSelector | undefined;
  const none = { namespaceSelector: undefined, clientRanges: undefined, limits: undefined };
  const head = { ...name, action: 'Allow', podSelector, ...none, expiresAt: expiryOf(spec) } as const;
  return { set: withRules(head, targets), faults };
}

/**
 * An Allow with a fault grants nothing. A Deny with a fault still denies the targets that parse, to every namespace if
 * its selector is the fault, and without end if its expiresAt is: a mistake closes and never opens.
 */
export function compileClusterRuleSet(object: unknown, name: SetName): Compilation {
  const { faults, targets: readable } = readClusterEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const action = fieldOf(spec, 'action') === 'Deny' ? 'Deny' : 'Allow';
  const targets = faults.length === 0 || action === 'Deny' ? readable : [];
  const selectorFaulty = faults.some(({ field }) => field.startsWith('spec.namespaceSelector'));
  const selector = selectorFaulty ? undefined : fieldOf(spec, 'namespaceSelector');
  const { ranges } = readRanges(spec, 'clientCIDRs', 'spec.clientCIDRs');
  const head = {
    ...name,
    action,
    podSelector: undefined,
    namespaceSelector: selector as LabelSelector | undefined,
    clientRanges: fieldOf(spec, 'clientCIDRs') === undefined ? undefined : ranges,
    // Not with a faulty selector: a limit that one namespace needs would stop all others.
    limits: selectorFaulty ? undefined : (fieldOf(spec, 'limits') as RequestLimits | undefined),
    expiresAt: expiryOf(spec),
  } as const;
  return { set: withRules(head, targets), faults };
}

/** Order of rules: by the set's namespace and name, then by index. */
export function compareRules(a: CompiledRule, b: CompiledRule): number {
  return (
    compareTexts(a.set.namespace ?? '', b.set.namespace ?? '') ||
    compareTexts(a.set.name, b.set.name) ||
    a.index - b.index
  );
}

export function refOf({ set: { namespace, name }, index, target }: CompiledRule): RuleRef {
  return { namespace, name, index, target: formatTarget(target) };
}

function withRules(head: Omit<CompiledSet, 'rules'>, targets: readonly IndexedTarget[]): CompiledSet {
  const rules: CompiledRule[] = [];
  const set: CompiledSet = { ...head, rules };
  for (const { target, index } of targets) rules.push({ target, index, set });
  return set;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
