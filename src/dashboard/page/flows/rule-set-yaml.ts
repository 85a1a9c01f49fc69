/** The EgressRuleSet that would allow the targets, ready for `kubectl apply -f -`. */
export function ruleSetYaml(namespace: string, targets: readonly string[]): string {
  const unique = [...new Set(targets)].sort();
  return [
    'apiVersion: zalando.org/v1',
    'kind: EgressRuleSet',
    'metadata:',
    `  name: ${nameFor(unique)}`,
    `  namespace: ${JSON.stringify(namespace)}`,
    'spec:',
    '  targets:',
    // JSON is YAML: no name from outside can become anything but a text.
    ...unique.map((target) => `  - ${JSON.stringify(target)}`),
    '',
  ].join('\n');
}

/** A name is at most this long, so that `allow-` and its like fit a label, too. */
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
