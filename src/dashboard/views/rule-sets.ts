import type { Condition, EgressRuleSet, LabelSelector, RuleUse } from '../../api/index.ts';
import type { RuleSetView, RuleView } from '../wire.ts';

/** Builds the view of a namespace's rule sets with the requests of each rule; keys of `hits`: `namespace/name#index`. */
export function buildRuleSetViews(
  ruleSets: readonly EgressRuleSet[],
  hits: ReadonlyMap<string, RuleUse>,
): RuleSetView[] {
  return ruleSets.map((ruleSet) => viewRuleSet(ruleSet, hits)).sort((a, b) => a.name.localeCompare(b.name));
}

function viewRuleSet(
  { metadata, spec, status }: EgressRuleSet,
  hits: ReadonlyMap<string, RuleUse>,
): RuleSetView {
  const rule = `${metadata.namespace}/${metadata.name}`;
  const targets = list(spec?.targets).map((target, index): RuleView => {
    const { count = 0, lastSeen = lastUsed(status, target) } = hits.get(`${rule}#${index}`) ?? {};
    return { target, hits: count, ...(lastSeen !== undefined && { lastSeen }) };
  });
  targets.push(
    ...list(spec?.targetGroups).map((group) => viewGroup(group, `${rule}#${group}/`, status, hits)),
  );
  const lastSeen = newest(targets.flatMap((target) => target.lastSeen ?? []));
  const selector = renderSelector(spec?.podSelector);
  const accepted = findCondition(status?.conditions, 'Accepted');
  const programmed = findCondition(status?.conditions, 'Programmed');
  const expired = findCondition(status?.conditions, 'Expired');
  return {
    name: metadata.name,
    ...(selector !== '' && { selector }),
    ...(accepted && { accepted }),
    ...(programmed && { programmed }),
    ...(expired?.status === 'True' && { expired }),
    ...(spec?.expiresAt !== undefined && { expiresAt: spec.expiresAt }),
    targets,
    directTargets: list(spec?.directTargets).map(
      ({ host, cidr, port, protocol = 'TCP' }) => `${host ?? cidr}:${port} ${protocol}`,
    ),
    hits: targets.reduce((sum, target) => sum + target.hits, 0),
    ...(lastSeen !== undefined && { lastSeen }),
  };
}

/** A target group as one row, with the requests of all of its targets, whose rules begin with `prefix`. */
function viewGroup(
  group: string,
  prefix: string,
  status: EgressRuleSet['status'],
  hits: ReadonlyMap<string, RuleUse>,
): RuleView {
  const uses = [...hits].filter(([rule]) => rule.startsWith(prefix)).map(([, use]) => use);
  const before = status?.usage?.targetGroups?.find(({ name }) => name === group)?.lastUsed;
  const lastSeen = newest([...uses.map((use) => use.lastSeen), ...(before === undefined ? [] : [before])]);
  return {
    target: `target group ${group}`,
    hits: uses.reduce((sum, { count }) => sum + count, 0),
    ...(lastSeen !== undefined && { lastSeen }),
  };
}

/** Reads the last use from the status, for a rule whose use is no longer in the counts. */
function lastUsed(status: EgressRuleSet['status'], target: string): string | undefined {
  return status?.usage?.targets?.find((used) => used.target === target)?.lastUsed;
}

/** Renders a selector in kubectl's syntax. */
export function renderSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(', ')})`;
  });
  return [...labels, ...expressions].join(',');
}

function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Finds the latest time; RFC 3339 in UTC sorts as text. */
function newest(times: readonly string[]): string | undefined {
  return [...times].sort().at(-1);
}

/** An object that was stored without the webhook may contain another type. */
function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
