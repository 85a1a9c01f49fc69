import type { DecisionReason, EgressRuleSet } from '../api/index.ts';
import { covers, parseTarget, type Target } from '../rules/index.ts';
import { type Evaluate, evaluatorOf, type NamespaceRules, splitHostPort } from './namespace-rules.ts';
import type { ObservedTarget } from './observed-target.ts';
import { type SuggestedGroup, suggestTargetGroups } from './suggest-target-groups.ts';
import { hasOneOwner, parentOf } from './wildcard-parents.ts';

export interface SuggestionInput {
  /** The rules as they are. */
  rules: NamespaceRules;
  /** Name of the rule set that the suggestion is for. Its own targets stay. */
  name: string;
  observed: readonly ObservedTarget[];
  /** Requests that were refused count too. Default: only those that passed. */
  includeRefused?: boolean;
  /** Names on one port directly below a domain of one owner from which a wildcard replaces them. 0: never. */
  groupFrom: number;
  /** Targets of the set that were not used are left out. */
  prune?: boolean;
}

/** One target of the suggestion. */
export interface SuggestedTarget {
  /** Canonical text. */
  target: string;
  /** What was observed of it; several for a wildcard, none for a target of the set that was not seen. */
  observed: readonly ObservedTarget[];
  /** Whether the rule set has it already. */
  present: boolean;
}

/** A target that no suggestion can allow. */
export interface LeftOut {
  observed: ObservedTarget;
  /** Why a rule would not help, or `NotATarget`. */
  reason: DecisionReason | 'NotATarget' | 'Refused';
}

export interface Suggestion {
  targets: SuggestedTarget[];
  targetGroups: SuggestedGroup[];
  /** Targets of the set that `prune` leaves out. */
  removed: string[];
  leftOut: LeftOut[];
  /** Observed targets that other rules allow already. */
  allowedElsewhere: number;
}

interface Needed {
  target: Target;
  text: string;
  observed: ObservedTarget;
}

/**
 * Suggests the targets of one rule set, so that what was observed passes. A wildcard is suggested only below a domain of
 * one owner. What other rule sets allow is not repeated.
 */
export function suggestRuleSet(input: SuggestionInput): Suggestion {
  const { rules, name, observed, includeRefused = false, groupFrom, prune = false } = input;
  const own = rules.ruleSets.find((set) => set.metadata.name === name && isOwn(set, rules));
  const others = { ...rules, ruleSets: rules.ruleSets.filter((set) => set !== own) };
  const sorted = sortObserved(observed, others, includeRefused);
  const kept = keptTargets(own, sorted.needed, prune);
  const targetGroups = suggestTargetGroups(own, rules, { needed: sorted.needed, kept, prune });
  const grouped = new Set(targetGroups.flatMap((group) => group.observed));
  const covered = (one: Needed) =>
    grouped.has(one.observed) || kept.some(({ target }) => covers(target, one.target));
  const added = groupNames(
    sorted.needed.filter((one) => !covered(one)),
    groupFrom,
  );
  const targets = [
    ...kept.map(
      ({ target, text }): SuggestedTarget => ({
        target: text,
        observed: sorted.needed.filter((each) => covers(target, each.target)).map((each) => each.observed),
        present: true,
      }),
    ),
    ...added,
  ].sort((a, b) => (sortKey(a.target) < sortKey(b.target) ? -1 : 1));
  const before = (own?.spec.targets ?? []).map((text) => canonical(text));
  const after = new Set(targets.map(({ target }) => target));
  return {
    targets,
    targetGroups,
    removed: before.filter((text) => !after.has(text)),
    leftOut: sorted.leftOut,
    allowedElsewhere: sorted.allowedElsewhere,
  };
}

function isOwn({ metadata }: EgressRuleSet, { namespace }: NamespaceRules): boolean {
  return (metadata.namespace ?? '') === namespace;
}

function canonical(text: string): string {
  const parsed = parseTarget(text);
  return parsed.ok ? parsed.text : text;
}

/** What the set needs for the observed targets, what others allow, and what no rule can allow. */
function sortObserved(observed: readonly ObservedTarget[], others: NamespaceRules, includeRefused: boolean) {
  const evaluate = evaluatorOf({ ...others, mode: 'enforce' });
  const needed: Needed[] = [];
  const leftOut: LeftOut[] = [];
  for (const each of observed) {
    const found = examine(each, evaluate);
    if (typeof found === 'string') leftOut.push({ observed: each, reason: found });
    else if (found !== undefined && (each.passed || includeRefused)) needed.push(found);
    else if (found !== undefined) leftOut.push({ observed: each, reason: 'Refused' });
  }
  return { needed, leftOut, allowedElsewhere: observed.length - needed.length - leftOut.length };
}

/** The target to allow, undefined if it is allowed, or why no rule can allow it. */
function examine(observed: ObservedTarget, evaluate: Evaluate): Needed | undefined | LeftOut['reason'] {
  const parsed = parseTarget(observed.target);
  const split = splitHostPort(observed.target);
  if (!parsed.ok || split === undefined) return 'NotATarget';
  const decision = evaluate(split);
  if (decision.verdict === 'allow') return undefined;
  return decision.remedy === 'rule'
    ? { target: parsed.target, text: parsed.text, observed }
    : decision.reason;
}

function keptTargets(own: EgressRuleSet | undefined, needed: readonly Needed[], prune: boolean) {
  const used = new Set((own?.status?.usage?.targets ?? []).map(({ target }) => target));
  return (own?.spec.targets ?? []).flatMap((written) => {
    const parsed = parseTarget(written);
    if (!parsed.ok) return [];
    const isUsed = used.has(written) || needed.some(({ target }) => covers(parsed.target, target));
    return prune && !isUsed ? [] : [{ target: parsed.target, text: parsed.text }];
  });
}

/** Replaces names by the wildcard above them where there are enough of them below one owner's domain. */
function groupNames(needed: readonly Needed[], groupFrom: number): SuggestedTarget[] {
  const groups = new Map<string, Needed[]>();
  for (const each of needed) {
    const key = groupFrom > 0 ? wildcardAbove(each.target) : undefined;
    const name = key ?? each.text;
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  return [...groups].flatMap(([name, members]) => {
    const single = (each: Needed) => ({ target: each.text, observed: [each.observed], present: false });
    if (members.length < Math.max(groupFrom, 2) || !name.startsWith('*.')) return members.map(single);
    return [{ target: name, observed: members.map(({ observed }) => observed), present: false }];
  });
}

function wildcardAbove(target: Target): string | undefined {
  if (target.kind !== 'exact') return undefined;
  const parent = parentOf(target.name);
  return parent !== undefined && hasOneOwner(parent) ? `*.${parent}:${target.port}` : undefined;
}

/** Names of one domain are neighbours: their labels from the right. */
function sortKey(target: string): string {
  const colon = target.lastIndexOf(':');
  return `${target.slice(0, colon).split('.').reverse().join('.')} ${target.slice(colon)}`;
}
