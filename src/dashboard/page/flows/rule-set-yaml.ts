/** Renders the EgressRuleSet that allows the targets, and those of target groups, for `kubectl apply -f -`. */
export function ruleSetYaml(
  namespace: string,
  targets: readonly string[],
  name?: string,
  targetGroups: readonly string[] = [],
): string {
  const unique = [...new Set(targets)].sort();
  return [
    'apiVersion: zalando.org/v1',
    'kind: EgressRuleSet',
    'metadata:',
    `  name: ${name ?? nameFor(unique)}`,
    `  namespace: ${JSON.stringify(namespace)}`,
    'spec:',
    ...(targetGroups.length === 0 ? [] : [`  targetGroups: ${JSON.stringify(targetGroups)}`]),
    unique.length === 0 ? '  targets: []' : '  targets:',
    // JSON is YAML, and quoting keeps what a client sent a string.
    ...unique.map((target) => `  - ${JSON.stringify(target)}`),
    '',
  ].join('\n');
}

/** Longest name derived from a host: with its prefix and suffix it fits a label. */
const LONGEST = 50;

function nameFor(targets: readonly string[]): string {
  const [first = '', ...others] = targets;
  const host = first
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST);
  const more = others.length === 0 ? '' : `-and-${others.length}-more`;
  return `allow-${host.replace(/^-+|-+$/g, '') || 'target'}${more}`;
}
