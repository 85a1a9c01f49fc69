interface Expression {
  key: string;
  operator: string;
  values?: string[];
}

/** A LabelSelector as the API server returns it. */
export interface ObservedSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Expression[];
}

/**
 * The expressions that platforms add to the namespaceSelector of every webhook, to keep webhooks away from their own
 * namespaces. Each only narrows, by a namespace's name or by a label of the platform.
 *
 * Sources: AKS Admissions Enforcer (Azure/AKS FAQ; Kong/kong-operator#239, DataDog/datadog-agent#55778), GKE Autopilot
 * (Dynatrace/dynatrace-operator#2194).
 */
const platformExpressions: readonly ((expression: Expression) => boolean)[] = [
  ({ key, operator }) => key === 'control-plane' && operator === 'DoesNotExist',
  ({ key, operator, values }) => key === 'control-plane' && operator === 'NotIn' && isOnly(values, /^true$/),
  ({ key, operator, values }) =>
    key === 'kubernetes.azure.com/managedby' && operator === 'NotIn' && isOnly(values, /^aks$/),
  ({ key, operator, values }) =>
    key === 'kubernetes.io/metadata.name' && operator === 'NotIn' && isOnly(values, PLATFORM_NAMESPACE),
];

const PLATFORM_NAMESPACE = /^(kube-(system|public|node-lease)|(gke|gmp)-.*)$/;

function isOnly(values: readonly string[] | undefined, allowed: RegExp): boolean {
  return values !== undefined && values.length > 0 && values.every((value) => allowed.test(value));
}

/**
 * The selector to apply: ours with the expressions that a platform has added. A selector is one field to server-side
 * apply, so each writer writes all of it. The observed selector is taken as it is if it means the same, so that
 * the order of a platform is not undone.
 */
export function withPlatformExpressions(
  ours: ObservedSelector,
  observed: ObservedSelector | undefined,
): ObservedSelector {
  const own = ours.matchExpressions ?? [];
  const keys = new Set(own.map(textOf));
  const added = (observed?.matchExpressions ?? []).filter((expression) => !keys.has(textOf(expression)));
  const platforms = added.filter((expression) => platformExpressions.some((matches) => matches(expression)));
  const merged: ObservedSelector = { ...ours, matchExpressions: [...own, ...platforms] };
  return observed !== undefined && isSame(merged, observed) ? observed : merged;
}

function isSame(a: ObservedSelector, b: ObservedSelector): boolean {
  return JSON.stringify(meaningOf(a)) === JSON.stringify(meaningOf(b));
}

/** What a selector says, whatever the order in which it says it. */
function meaningOf({ matchLabels = {}, matchExpressions = [] }: ObservedSelector): unknown {
  return [Object.entries(matchLabels).sort(), [...new Set(matchExpressions.map(textOf))].sort()];
}

function textOf({ key, operator, values = [] }: Expression): string {
  return JSON.stringify([key, operator, [...new Set(values)].sort()]);
}
