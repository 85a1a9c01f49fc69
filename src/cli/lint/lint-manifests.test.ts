import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderFaults, validateEgressRuleSet } from '../../rules/index.ts';
import { type Finding, lintManifests } from './lint-manifests.ts';

function ruleSet(targets: string, more = ''): string {
  return `apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata: {name: rules, namespace: my-app}
spec:
  targets:
${targets}
${more}`;
}

const lint = (...texts: string[]) =>
  lintManifests(texts.map((text, index) => ({ path: `${index + 1}.yaml`, text })));
const brief = ({ line, severity, message, suggestion }: Finding) => ({
  line,
  severity,
  message,
  ...(suggestion !== undefined && { suggestion }),
});

describe('lintManifests', () => {
  it('finds nothing in a valid rule set', () => {
    expect(lint(ruleSet('  - api.example.com:443\n  - "*.example.org:443"'))).toEqual({
      findings: [],
      objects: 1,
    });
  });

  it('validates target groups, and references to them if the files have any', () => {
    const references = ruleSet('  - a.example.com:443', '  targetGroups: [npm, npn]');
    const group = (target: string) =>
      `apiVersion: zalando.org/v1\nkind: EgressTargetGroup\nmetadata: {name: npm}\nspec:\n  targets: [${target}]\n`;
    expect(lint(references).findings).toEqual([]);
    expect(lint(references, group('registry.npmjs.org:443')).findings.map(brief)).toEqual([
      {
        line: 7,
        severity: 'warning',
        message: expect.stringContaining('spec.targetGroups[1]: there is no EgressTargetGroup "npn"'),
      },
    ]);
    expect(lint(group('registry.npmjs.org')).findings.map(brief)).toMatchObject([
      { line: 5, severity: 'error', suggestion: '"registry.npmjs.org:443"' },
    ]);
  });

  it.each<[string, string, ReturnType<typeof brief>]>([
    [
      'a wildcard without quotes',
      ruleSet('  - api.example.com:443\n  - *.example.org:80   # plain'),
      {
        line: 7,
        severity: 'error',
        message: 'quote it: * at the beginning makes it an alias in YAML',
        suggestion: '- "*.example.org:80"   # plain',
      },
    ],
    [
      'an IPv6 address without quotes',
      ruleSet('  - [2606:4700::1]:443'),
      {
        line: 6,
        severity: 'error',
        message: 'quote it: [ at the beginning makes it a list in YAML',
        suggestion: '- "[2606:4700::1]:443"',
      },
    ],
    [
      'a target without a port',
      ruleSet('  - ok.example.com:443\n  - api.example.com'),
      {
        line: 7,
        severity: 'error',
        message: 'spec.targets[1]: the port is missing',
        suggestion: '"api.example.com:443"',
      },
    ],
    [
      'a misspelt field',
      ruleSet('  - api.example.com:443', '  podselector: {}'),
      {
        line: 7,
        severity: 'error',
        message:
          'spec.podselector: there is no such field in EgressRuleSet; kubectl explain egressruleset.spec lists them',
      },
    ],
    [
      'a name inside the cluster',
      ruleSet('  - kubernetes.default.svc:443'),
      {
        line: 6,
        severity: 'warning',
        message:
          'spec.targets[0]: "kubernetes.default.svc:443" allows nothing: names inside the cluster need no rule, since pods reach them directly by NO_PROXY; remove it',
      },
    ],
    [
      'a covered rule',
      ruleSet('  - api.example.com:443\n  - "*.example.com:443"'),
      {
        line: 6,
        severity: 'warning',
        message:
          'spec.targets[0]: "api.example.com:443" has no effect: spec.targets[1] "*.example.com:443" covers it; remove one',
      },
    ],
  ])('finds %s, with its line', (_, text, expected) => {
    expect(lint(text).findings.map(brief)).toEqual([expected]);
  });

  it('finds a fault after a wildcard without quotes, in the same file', () => {
    const { findings } = lint(ruleSet('  - *.example.org:80\n  - api.example.com'));
    expect(findings.map(({ line }) => line)).toEqual([6, 7]);
  });

  it('takes the other files as the cluster: namespaces, denials, the proxy', () => {
    const rules = ruleSet('  - web.shop:443\n  - api.example.com:443\n  - "*:443"');
    const others = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
- {apiVersion: zalando.org/v1, kind: ClusterEgressRuleSet, metadata: {name: never}, spec: {action: Deny, targets: [".example.com:443"]}}
- {apiVersion: zalando.org/v1, kind: EgressProxy, metadata: {name: squid, namespace: egress-proxy}, spec: {wildcardTargets: Deny}}`;
    const messages = lint(rules, others).findings.map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringContaining('a Service of namespace shop needs no rule'),
      expect.stringContaining('"web.shop:443" has no effect: spec.targets[2] "*:443" covers it'),
      expect.stringContaining('ClusterEgressRuleSet never spec.targets[0] ".example.com:443" denies it'),
      expect.stringContaining('forbids (wildcardTargets: Deny)'),
      expect.stringContaining('allows every public destination'),
    ]);
  });

  it('warns of an equal rule in another set of the same namespace, and not of another one', () => {
    const same = ruleSet('  - api.example.com:443').replace('name: rules', 'name: more');
    const elsewhere = ruleSet('  - api.example.com:443').replace('my-app', 'shop');
    const { findings } = lint(ruleSet('  - api.example.com:443'), same, elsewhere);
    expect(findings.map(({ file, message }) => [file, message])).toEqual([
      [
        '2.yaml',
        'spec.targets[0]: "api.example.com:443" has no effect: EgressRuleSet my-app/rules spec.targets[0] "api.example.com:443" covers it; remove one',
      ],
    ]);
  });

  it('names the place of broken YAML, and skips other objects', () => {
    expect(lint('a: "b\n').findings[0]).toMatchObject({ severity: 'error', reason: 'Yaml' });
    expect(lint('kind: ConfigMap\napiVersion: v1\ndata: {x: "*.example.org:80"}')).toEqual({
      findings: [],
      objects: 0,
    });
  });

  it('does not expand aliases without end', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`)}]`,
    );
    const { findings } = lint(['a0: &a0 [x]', ...levels].join('\n'));
    expect(findings).toEqual([expect.objectContaining({ reason: 'Yaml', line: 1 })]);
  });

  it('finds exactly the faults of the webhook', () => {
    const targets = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom('a.test:443', 'a.test', 'https://a.test/x', '*.a.test:443', 'a.*.b:1'),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(targets, (list) => {
        const object = {
          apiVersion: 'zalando.org/v1',
          kind: 'EgressRuleSet',
          metadata: { name: 'rules', namespace: 'my-app' },
          spec: { targets: list },
        };
        const { faults } = validateEgressRuleSet(object);
        const { findings } = lint(JSON.stringify(object, null, 1));
        const errors = findings.filter(({ severity }) => severity === 'error');
        expect(errors.map(({ reason }) => reason).sort(), renderFaults(faults)).toEqual(
          faults.map(({ reason }) => reason).sort(),
        );
      }),
    );
  });

  it('never throws, whatever a file has in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'*&-[]{}:#\n "ab|>!%@') }),
        (text) => lint(text) !== undefined,
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => lint(ruleSet(text)) !== undefined));
  });
});
