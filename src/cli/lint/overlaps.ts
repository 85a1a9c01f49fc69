import { isDeepStrictEqual } from 'node:util';
import { covers, parseTarget, type Target } from '../../rules/index.ts';

/** A rule of a manifest. */
export interface LintedRule {
  /** The rule set as messages name it. */
  set: string;
  /** Where the rule set applies: sets of two namespaces, or of two pod selectors, are separate. */
  scope: { namespace: string | undefined; selector: unknown };
  action: 'Allow' | 'Deny';
  /** Path of the target, such as `spec.targets[3]`. */
  field: string;
  text: string;
}

/** A rule without an effect of its own. */
export interface Overlap<Rule extends LintedRule> {
  rule: Rule;
  message: string;
}

type Parsed<Rule extends LintedRule = LintedRule> = Rule & { target: Target };

/** The rules that another rule covers. Of two equal rules in two sets, the second one is listed. */
export function findOverlaps<Rule extends LintedRule>(rules: readonly Rule[]): Overlap<Rule>[] {
  const parsed = rules.flatMap((rule): Parsed<Rule>[] => {
    const read = parseTarget(rule.text);
    return read.ok ? [{ ...rule, target: read.target }] : [];
  });
  return parsed.flatMap((rule, index) => {
    const others = parsed.filter(
      (candidate, at) => at !== index && isShadowed({ rule, index }, { candidate, at }),
    );
    const other = others.find(({ action }) => action !== rule.action) ?? others[0];
    return other === undefined ? [] : [{ rule, message: describe(rule, other) }];
  });
}

function isShadowed(
  { rule, index }: { rule: Parsed; index: number },
  { candidate, at }: { candidate: Parsed; at: number },
): boolean {
  if (!covers(candidate.target, rule.target)) return false;
  if (candidate.action === 'Deny' && rule.action === 'Allow') return deniesAllOf(candidate, rule);
  if (candidate.action !== rule.action || !isDeepStrictEqual(candidate.scope, rule.scope)) return false;
  const isEqual = covers(rule.target, candidate.target);
  // Equal targets of one set are a fault of validation.
  return isEqual ? candidate.set !== rule.set && at < index : true;
}

/** Whether a Deny applies wherever the Allow does. A Deny without a namespaceSelector applies to every namespace. */
function deniesAllOf(denying: Parsed, allowing: Parsed): boolean {
  return denying.scope.selector === undefined || isDeepStrictEqual(denying.scope, allowing.scope);
}

function describe(rule: Parsed, other: Parsed): string {
  const where = other.set === rule.set ? other.field : `${other.set} ${other.field}`;
  const what = `"${rule.text}" has no effect: ${where} "${other.text}"`;
  return other.action === 'Deny' && rule.action === 'Allow'
    ? `${what} denies it`
    : `${what} covers it; remove one`;
}
