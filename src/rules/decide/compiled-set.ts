import type { LabelSelector, RequestLimits } from '../../api/index.ts';
import type { AddressRange } from '../address/index.ts';
import type { Fault } from '../fault.ts';
import { formatTarget } from '../target/index.ts';
import {
  expiryOf,
  fieldOf,
  type IndexedTarget,
  type ReadRuleSet,
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
  /** Names of the target groups whose targets it has, too. */
  readonly groups: readonly string[];
}

/** Without the target's text, which is as long as all the rest: formatTarget has it. */
export interface CompiledRule extends Pick<IndexedTarget, 'target' | 'index'> {
  readonly set: CompiledSet;
  /** The target group that the target is of; absent: it is the set's own. */
  readonly group?: string;
}

export interface Compilation {
  set: CompiledSet;
  faults: Fault[];
}

/** A set with a fault grants nothing, since the intent of the rest is not known. */
export function compileRuleSet(object: unknown, name: SetName): Compilation {
  const { faults, ...readable } = readEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const granted = faults.length === 0 ? readable : nothing;
  const podSelector = fieldOf(spec, 'podSelector') as LabelSelector | undefined;
  const none = { namespaceSelector: undefined, clientRanges: undefined, limits: undefined };
  const head = { ...name, action: 'Allow', podSelector, ...none, expiresAt: expiryOf(spec) } as const;
  return { set: withRules(head, granted), faults };
}

/**
 * An Allow with a fault grants nothing. A Deny with a fault still denies the targets that parse, to every namespace if
 * its selector is the fault, and without end if its expiresAt is: a mistake closes and never opens.
 */
export function compileClusterRuleSet(object: unknown, name: SetName): Compilation {
  const { faults, ...readable } = readClusterEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const action = fieldOf(spec, 'action') === 'Deny' ? 'Deny' : 'Allow';
  const granted = faults.length === 0 || action === 'Deny' ? readable : nothing;
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
  return { set: withRules(head, granted), faults };
}

/** Order of rules: by the set's namespace and name, then by index. */
export function compareRules(a: CompiledRule, b: CompiledRule): number {
  return compareSets(a.set, b.set) || a.index - b.index;
}

export function compareSets(a: SetName, b: SetName): number {
  return compareTexts(a.namespace ?? '', b.namespace ?? '') || compareTexts(a.name, b.name);
}

export function refOf({ set: { namespace, name }, group, index, target }: CompiledRule): RuleRef {
  return { namespace, name, ...(group !== undefined && { group }), index, target: formatTarget(target) };
}

type Granted = Omit<ReadRuleSet, 'faults'>;
const nothing: Granted = { targets: [], groups: [] };

function withRules(head: Omit<CompiledSet, 'rules' | 'groups'>, { targets, groups }: Granted): CompiledSet {
  const rules: CompiledRule[] = [];
  const set: CompiledSet = { ...head, rules, groups: groups.map(({ name }) => name) };
  for (const { target, index } of targets) rules.push({ target, index, set });
  return set;
}

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
