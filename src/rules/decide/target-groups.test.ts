import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decide } from './decide.ts';
import { formatRule, parseRule } from './request.ts';
import {
  addTo,
  clusterRuleSet,
  type Indexed,
  podClient,
  removeFrom,
  requestTo,
  ruleSet,
  snapshotOf,
  targetGroup,
} from './rule-set-index.fixture.ts';

const npm = targetGroup('npm', ['registry.npmjs.org:443', '*.npmjs.com:443']);

function outcome(snapshot: ReturnType<typeof snapshotOf>, target: string): string {
  const { reason, rule } = decide(requestTo(target), snapshot);
  return rule === undefined ? reason : `${reason} ${formatRule(rule)} ${rule.target}`;
}

describe('a rule set with target groups', () => {
  const cases: [string, Indexed[], string, string][] = [
    [
      'has the targets of the group',
      [npm, ruleSet('my-app', [], { targetGroups: ['npm'] })],
      'registry.npmjs.org:443',
      'RuleAllowed my-app/rules#npm/0 registry.npmjs.org:443',
    ],
    [
      'has them beside its own, which win',
      [npm, ruleSet('my-app', ['*.npmjs.org:443'], { targetGroups: ['npm'] })],
      'registry.npmjs.org:443',
      'RuleAllowed my-app/rules#0 *.npmjs.org:443',
    ],
    ['a group alone allows nothing', [npm], 'registry.npmjs.org:443', 'NoMatchingRule'],
    [
      'a group that another namespace refers to',
      [npm, ruleSet('other', [], { targetGroups: ['npm'] })],
      'registry.npmjs.org:443',
      'NoMatchingRule',
    ],
    [
      'a group that does not exist',
      [npm, ruleSet('my-app', [], { targetGroups: ['npn'] })],
      'registry.npmjs.org:443',
      'NoMatchingRule',
    ],
    [
      'a missing group beside another one',
      [npm, ruleSet('my-app', [], { targetGroups: ['npn', 'npm'] })],
      'www.npmjs.com:443',
      'RuleAllowed my-app/rules#npm/1 *.npmjs.com:443',
    ],
    [
      'a podSelector limits the group, too',
      [npm, ruleSet('my-app', [], { targetGroups: ['npm'], podSelector: { matchLabels: { app: 'web' } } })],
      'registry.npmjs.org:443',
      'NoMatchingRule',
    ],
    [
      'a rule set with a fault refers to nothing',
      [npm, ruleSet('my-app', ['no-port'], { targetGroups: ['npm'] })],
      'registry.npmjs.org:443',
      'NoMatchingRule',
    ],
    [
      'a group with a fault allows nothing',
      [
        targetGroup('npm', ['registry.npmjs.org:443', 'no-port']),
        ruleSet('my-app', [], { targetGroups: ['npm'] }),
      ],
      'registry.npmjs.org:443',
      'NoMatchingRule',
    ],
    [
      'a group with a fault still denies what can be read of it',
      [
        targetGroup('bad', ['evil.example.com:443', 'no-port']),
        clusterRuleSet([], { action: 'Deny', targetGroups: ['bad'] }),
        ruleSet('my-app', ['evil.example.com:443']),
      ],
      'evil.example.com:443',
      'DeniedByRule guard-rails#bad/0 evil.example.com:443',
    ],
    [
      'no group reaches any destination',
      [targetGroup('all', ['*:443']), ruleSet('my-app', [], { targetGroups: ['all'] })],
      'a.example.com:443',
      'NoMatchingRule',
    ],
    [
      'a cluster rule set grants a group',
      [npm, clusterRuleSet([], { targetGroups: ['npm'] })],
      'registry.npmjs.org:443',
      'RuleAllowed guard-rails#npm/0 registry.npmjs.org:443',
    ],
    [
      'of two groups with the target, the first in order decides',
      [
        targetGroup('b', ['a.test:443']),
        targetGroup('a', ['x.test:443', 'a.test:443']),
        ruleSet('my-app', [], { targetGroups: ['b', 'a'] }),
      ],
      'a.test:443',
      'RuleAllowed my-app/rules#a/1 a.test:443',
    ],
    [
      'ranges of a group are as private as any',
      [targetGroup('dc', ['10.1.0.0/16:443']), ruleSet('my-app', [], { targetGroups: ['dc'] })],
      '10.1.2.3:443',
      'PrivateDestination',
    ],
  ];
  test.each(cases)('%s', (_, objects, target, expected) => {
    expect(outcome(snapshotOf(objects), target)).toBe(expected);
  });

  it('opens a private range as its own rule does, within privateCIDRs', () => {
    const objects = [targetGroup('dc', ['10.1.0.0/16:443']), ruleSet('my-app', [], { targetGroups: ['dc'] })];
    const snapshot = snapshotOf(objects, { privateCIDRs: ['10.1.0.0/16'] });
    expect(outcome(snapshot, '10.1.2.3:443')).toBe('RuleAllowed my-app/rules#dc/0 10.1.0.0/16:443');
  });

  it('names the rule set that has expired', () => {
    const set = ruleSet('my-app', [], { targetGroups: ['npm'], expiresAt: '2026-01-01T00:00:00Z' });
    const snapshot = snapshotOf([npm, set]);
    snapshot.ruleSets.setTime(Date.parse('2026-01-02T00:00:00Z'));
    const decision = decide(requestTo('registry.npmjs.org:443'), snapshot);
    expect(decision).toMatchObject({
      verdict: 'deny',
      detail: 'my-app/rules#npm/0 expired at 2026-01-01T00:00:00.000Z',
    });
  });

  it('follows every change of the group', () => {
    const snapshot = snapshotOf([ruleSet('my-app', [], { targetGroups: ['npm'] })]);
    const { ruleSets } = snapshot;
    const verdict = () => decide(requestTo('registry.npmjs.org:443'), snapshot).verdict;
    expect(verdict()).toBe('deny');
    ruleSets.setGroup({ ...npm, metadata: { name: 'npm', uid: 'u', generation: 1 } });
    expect(verdict()).toBe('allow');
    ruleSets.setGroup({
      ...targetGroup('npm', ['a.test:443']),
      metadata: { name: 'npm', uid: 'u', generation: 2 },
    });
    expect(verdict()).toBe('deny');
    ruleSets.setGroup(npm);
    expect(verdict()).toBe('allow');
    ruleSets.deleteGroup('npm');
    expect(verdict()).toBe('deny');
  });

  it('lists a group with faults as invalid', () => {
    const { ruleSets } = snapshotOf([targetGroup('bad', ['no-port'])]);
    expect(ruleSets.invalid).toMatchObject([{ kind: 'EgressTargetGroup', name: 'bad' }]);
  });
});

describe('the index with groups', () => {
  const lists = fc.uniqueArray(
    fc.constantFrom<string[]>(
      'a.test:443',
      '*.a.test:443',
      'b.a.test:443',
      'b*.a.test:443',
      '8.8.0.0/16:443',
      'c.test:80',
    ),
    { minLength: 1, maxLength: 3 },
  );
  const groupNames = fc.constantFrom('one', 'two', 'three');
  const groups = fc.dictionary(groupNames, lists, { maxKeys: 3 });
  const set = fc
    .record({
      namespace: fc.constantFrom('my-app', 'other', undefined),
      name: fc.constantFrom('x', 'y', 'z'),
      own: fc.oneof(lists, fc.constant<string[]>([])),
      references: fc.uniqueArray(groupNames, { maxLength: 3 }),
      action: fc.constantFrom('Allow' as const, 'Deny' as const),
    })
    .filter(({ own, references }) => own.length + references.length > 0);
  const sets = fc.uniqueArray(set, {
    selector: ({ namespace, name }) => `${namespace}/${name}`,
    maxLength: 6,
  });

  it('decides as if each rule set had written out the targets of its groups, in any order of changes', () => {
    fc.assert(
      fc.property(
        groups,
        sets,
        fc.constantFrom(
          'a.test:443',
          'b.a.test:443',
          'x.b.a.test:443',
          '8.8.8.8:443',
          'c.test:80',
          'c.test:443',
        ),
        fc.boolean(),
        fc.integer(),
        (lists, drafts, target, union, seed) => {
          const spec = union ? ({ ruleSetScope: 'Cluster' } as const) : {};
          const shared = snapshotOf([], spec);
          const objects = [
            ...Object.entries(lists).map(([name, targets]) => targetGroup(name, targets)),
            ...drafts.map((draft) => draftedSet(draft, draft.own, draft.references)),
          ];
          for (const object of shuffled(objects, seed)) addTo(shared.ruleSets, object);
          const expanded = snapshotOf(
            drafts.map((draft) => draftedSet(draft, writtenOut(draft, lists))),
            spec,
          );
          const request = requestTo(target, { client: podClient() });
          const [one, other] = [decide(request, shared), decide(request, expanded)];
          expect([one.verdict, one.reason]).toEqual([other.verdict, other.reason]);

          for (const object of shuffled(objects, seed + 1)) removeFrom(shared.ruleSets, object);
          expect(decide(request, shared).verdict).toBe('deny');
          expect(shared.ruleSets.size).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

interface Draft {
  namespace: string | undefined;
  name: string;
  own: string[];
  references: string[];
  action: 'Allow' | 'Deny';
}

function draftedSet(
  { namespace, name, action }: Draft,
  targets: string[],
  targetGroups: string[] = [],
): Indexed {
  return namespace === undefined
    ? clusterRuleSet(targets, { name, action, targetGroups })
    : ruleSet(namespace, targets, { name, targetGroups });
}

/** The targets of the set and those of its groups that exist. */
function writtenOut({ own, references }: Draft, lists: Record<string, string[]>): string[] {
  return [...new Set([...own, ...references.flatMap((group) => lists[group] ?? [])])];
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const keyed = items.map((item, index) => ({ item, key: Math.imul(index + 1, seed ^ 0x9e3779b1) >>> 0 }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

describe('parseRule', () => {
  test.each(['my-app/rules#0', 'guard-rails#12', 'my-app/rules#npm/3', 'guard-rails#docker.io/0', 'a/b#7/1'])(
    'reads what formatRule writes: %s',
    (text) => {
      const rule = parseRule(text);
      expect(rule && formatRule({ ...rule, target: '' })).toBe(text);
    },
  );
  test.each(['', 'a', 'a#', 'a#b', 'a#b/', 'a/b/c#1', 'a#b/c/1', 'a#1#2', 'a#12345678'])(
    'is undefined: %s',
    (text) => {
      expect(parseRule(text)).toBeUndefined();
    },
  );
});
