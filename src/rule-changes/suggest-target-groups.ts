import type { EgressRuleSet } from '../api/index.ts';
import { covers, parseTarget, type Target } from '../rules/index.ts';
import type { NamespaceRules } from './namespace-rules.ts';
import type { ObservedTarget } from './observed-target.ts';

/** A target group that a suggestion refers to. */
export interface SuggestedGroup {
  name: string;
  /** What was observed of its targets. */
  observed: readonly ObservedTarget[];
  /** Whether the rule set refers to it already. */
  present: boolean;
}

interface Needed {
  target: Target;
  observed: ObservedTarget;
}

export interface GroupInput {
  /** What the rule set needs. */
  needed: readonly Needed[];
  /** Targets that the rule set keeps. */
  kept: readonly { target: Target }[];
  /** References to groups of which nothing was used are left out. */
  prune: boolean;
}

/**
 * The target groups of the suggestion: those that the rule set refers to, and those that fit. A group fits if at least half
 * of its targets were requested and no target that the set keeps allows them: it grants the others as well.
 */
export function suggestTargetGroups(
  own: EgressRuleSet | undefined,
  { targetGroups = [] }: NamespaceRules,
  { needed, kept, prune }: GroupInput,
): SuggestedGroup[] {
  const present = new Set(own?.spec.targetGroups ?? []);
  const used = new Set((own?.status?.usage?.targetGroups ?? []).map(({ name }) => name));
  const missing = [...present].filter((name) => !targetGroups.some(({ metadata }) => metadata.name === name));
  const open = needed.filter(({ target }) => !kept.some((each) => covers(each.target, target)));
  const known = targetGroups.flatMap(({ metadata: { name }, spec }) => {
    const targets = readTargets(spec.targets);
    const isPresent = present.has(name);
    const candidates = isPresent ? needed : open;
    const found = candidates.filter(({ target }) => targets.some((each) => covers(each, target)));
    const requested = targets.filter((each) => found.some(({ target }) => covers(each, target)));
    const stays = isPresent && !(prune && found.length === 0 && !used.has(name));
    const fits = found.length > 0 && requested.length * 2 >= targets.length;
    return stays || fits
      ? [{ name, observed: found.map(({ observed }) => observed), present: isPresent }]
      : [];
  });
  return [...known, ...missing.map((name) => ({ name, observed: [], present: true }))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function readTargets(texts: readonly string[]): Target[] {
  return texts.flatMap((text) => {
    const parsed = parseTarget(text);
    return parsed.ok ? [parsed.target] : [];
  });
}
