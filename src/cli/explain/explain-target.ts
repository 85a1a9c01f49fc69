import type { ActivityTarget } from '../../api/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';
import { parseDestination, parseRule } from '../../rules/index.ts';
import { type CheckedTarget, checkerOf } from '../check/index.ts';

/** Everything that is known about one target in a namespace. */
export interface ExplainedTarget {
  target: string;
  /** What the rules say now. */
  now: CheckedTarget;
  /** The text of the rule that decides now. */
  ruleText?: string;
  /** What was observed of it, the last request first. */
  observed: readonly ActivityTarget[];
}

/** Explains a target by the rules as they are now, and by what was observed of it. */
export function explainTarget(
  rules: NamespaceRules,
  { host, port }: { host: string; port: number },
  observed: readonly ActivityTarget[],
): ExplainedTarget {
  const now = checkerOf(rules)({ host, port });
  const target = `${host}:${port}`;
  const ruleText = now.rule === undefined ? undefined : textOfRule(rules, now.rule);
  return {
    target,
    now,
    ...(ruleText !== undefined && { ruleText }),
    observed: observed
      .filter((each) => isSame(each.target, { host, port }))
      .toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1)),
  };
}

/** Names are compared as requests have them: without case, and without a trailing dot. */
function isSame(observed: string, { host, port }: { host: string; port: number }): boolean {
  const parsed = parseDestination(host, port);
  if (!parsed.ok) return observed === `${host}:${port}`;
  const { destination } = parsed;
  if (destination.kind === 'name') return observed === `${destination.name}:${port}`;
  const { text } = destination.address;
  return observed === `${text}:${port}` || observed === `[${text}]:${port}`;
}

/** The target as its rule set or target group writes it. */
function textOfRule(
  { ruleSets, clusterRuleSets, targetGroups = [] }: NamespaceRules,
  text: string,
): string | undefined {
  const rule = parseRule(text);
  if (rule === undefined) return undefined;
  const { namespace, name, group, index } = rule;
  const sets = namespace === undefined ? clusterRuleSets : ruleSets;
  const found =
    group === undefined
      ? sets.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
      : targetGroups.find(({ metadata }) => metadata.name === group);
  return found?.spec.targets[index];
}

/** The target that a refusal's message names: `Pod a/b may not reach TARGET (...)`. */
export function refusedTarget(message: string): string | undefined {
  return /\bmay not reach (\S+:\d+) \(/.exec(message)?.[1];
}
