import { clientOf, evaluatorOf, type NamespaceRules } from '../../rule-changes/index.ts';
import {
  adviseOnRefusal,
  type Decision,
  formatRule,
  inClusterName,
  isExpired,
  type Labels,
} from '../../rules/index.ts';
import { nearestTargets } from './nearest-targets.ts';

/** Whether requests to one target pass. */
export interface CheckedTarget {
  target: string;
  /** `somePods`: only pods that the podSelector of a rule set selects. */
  verdict: 'allow' | 'deny' | 'somePods';
  reason: string;
  /** As `formatRule` writes it. */
  rule?: string;
  /** What to do about a refusal. */
  advice?: string;
  /** Targets of rules that look alike, for a typing error. */
  nearest: string[];
}

/** Checks targets for pods with these labels; without labels, for any pod of the namespace. */
export function checkTargets(
  rules: NamespaceRules,
  targets: readonly { host: string; port: number }[],
  labels?: Labels,
): CheckedTarget[] {
  return targets.map(checkerOf(rules, labels));
}

/** Checks one target after the other by the same rules. */
export function checkerOf(
  rules: NamespaceRules,
  labels?: Labels,
): (target: { host: string; port: number }) => CheckedTarget {
  const evaluate = evaluatorOf(rules);
  const forSome = evaluatorOf({ ...rules, ruleSets: withoutSelectors(rules) });
  return ({ host, port }) => {
    const request = { host, port, ...(labels && { labels }) };
    const decision = evaluate(request);
    const target = `${host}:${port}`;
    if (decision.verdict === 'allow') return { target, verdict: 'allow', ...outcome(decision), nearest: [] };
    const some = labels === undefined ? forSome(request) : undefined;
    if (some?.verdict === 'allow')
      return { target, verdict: 'somePods', ...outcome(some), advice: selectorAdvice(some), nearest: [] };
    return {
      target,
      verdict: 'deny',
      ...outcome(decision),
      advice: adviceOn(decision, rules, { host, port }),
      nearest: decision.reason === 'NoMatchingRule' ? nearestTargets(target, targetsOf(rules)) : [],
    };
  };
}

/** The rule sets as if each applied to every pod of its namespace. */
function withoutSelectors({ ruleSets }: NamespaceRules): NamespaceRules['ruleSets'] {
  return ruleSets.map(({ spec: { podSelector: _, ...spec }, ...set }) => ({ ...set, spec }));
}

function outcome({ reason, rule }: Decision): Pick<CheckedTarget, 'reason' | 'rule'> {
  return { reason, ...(rule !== undefined && { rule: formatRule(rule) }) };
}

function selectorAdvice({ rule }: Decision): string {
  return `Only pods that spec.podSelector of ${rule === undefined ? 'the rule set' : `${rule.namespace}/${rule.name}`} selects may reach it: name the pod, as in NAMESPACE/POD.`;
}

function adviceOn(
  decision: Decision & { verdict: 'deny' },
  rules: NamespaceRules,
  { host, port }: { host: string; port: number },
): string {
  const { namespace, proxy } = rules;
  const name = decision.destination?.kind === 'name' ? decision.destination.name : undefined;
  const isResolvedHere = (proxy?.spec.upstreams ?? []).length === 0;
  const inCluster =
    name !== undefined && isResolvedHere
      ? inClusterName(name, {
          hasNamespace: (other) => other === namespace,
          clusterDomain: proxy?.status?.discovered?.clusterDomain,
        })
      : undefined;
  const client = clientOf(rules, {});
  const advice = adviseOnRefusal(decision, { client, method: 'CONNECT', host, port, inCluster });
  // Which rule expired, and when.
  return decision.reason === 'NoMatchingRule' && decision.detail !== undefined
    ? `${decision.detail}. ${advice}`
    : advice;
}

function targetsOf({ ruleSets, clusterRuleSets, targetGroups = [], now }: NamespaceRules): string[] {
  const allowing = clusterRuleSets.filter(({ spec }) => spec.action !== 'Deny');
  const sets = [...ruleSets, ...allowing].filter((set) => !isExpired(set, now));
  const referred = new Set(sets.flatMap(({ spec }) => spec.targetGroups ?? []));
  const groups = targetGroups.filter(({ metadata }) => referred.has(metadata.name));
  return [...sets, ...groups].flatMap(({ spec }) => spec.targets);
}
