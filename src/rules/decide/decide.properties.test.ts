import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import {
  type AnyRuleSet,
  clusterRuleSet,
  removeFrom,
  requestTo,
  ruleSet,
  ruleSetIndexOf,
  snapshotOf,
} from './rule-set-index.fixture.ts';

const pick = ({ verdict, reason, rule }: Decision) => ({ verdict, reason, rule });

describe('decide', () => {
  const hosts = fc.constantFrom('a.test', 'b.a.test', 'c.b.a.test', 'test', '8.8.8.8', '8.8.4.4', '10.0.0.1');
  const targets = fc
    .array(
      fc.constantFrom(
        ...[
          'a.test',
          'b.a.test',
          '*.a.test',
          '.a.test',
          '*',
          '8.8.8.8',
          '8.8.0.0/16',
          '10.0.0.0/8',
          '*.b.a.test',
        ].map((host) => `${host}:443`),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((list) => [...new Set(list)]);
  const names = fc.constantFrom('one', 'two', 'three');
  const selector = fc.constantFrom(
    undefined,
    { matchLabels: { app: 'api' } },
    { matchLabels: { app: 'web' } },
  );
  const sets: fc.Arbitrary<AnyRuleSet> = fc.oneof(
    fc
      .record({ namespace: fc.constantFrom('my-app', 'other'), name: names, targets, selector })
      .map(({ namespace, name, targets, selector }) =>
        ruleSet(namespace, targets, { name, ...(selector === undefined ? {} : { podSelector: selector }) }),
      ),
    fc
      .record({ name: names, targets, action: fc.constantFrom('Allow' as const, 'Deny' as const) })
      .map(({ name, targets, action }) => clusterRuleSet(targets, { name, action })),
  );
  const keyOf = ({ metadata }: AnyRuleSet) => `${metadata.namespace ?? ''}/${metadata.name}`;
  const collections = fc.uniqueArray(sets, { selector: keyOf, maxLength: 8 });
  const specs = fc.constantFrom<EgressProxySpec>(
    {},
    { ruleSetScope: 'Cluster' },
    { privateCIDRs: ['10.0.0.0/8'] },
  );

  it('is monotone in Allow rules', () => {
    fc.assert(
      fc.property(collections, sets, hosts, specs, (before, added, host, spec) => {
        const isAllow = added.kind === 'EgressRuleSet' || added.spec.action === 'Allow';
        const replaces = before.some((set) => keyOf(set) === keyOf(added));
        fc.pre(isAllow && !replaces);
        const request = requestTo(`${host}:443`);
        if (decide(request, snapshotOf(before, spec)).verdict === 'allow')
          expect(decide(request, snapshotOf([...before, added], spec)).verdict).toBe('allow');
      }),
      { numRuns: 1000 },
    );
  });

  it('decides without the sets that have expired, however the time has moved before', () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    const seconds = fc.nat(5);
    const expiring = fc
      .tuple(sets, fc.option(seconds, { nil: undefined }))
      .map(([set, second]): AnyRuleSet => {
        const expiresAt = second === undefined ? {} : { expiresAt: at(second) };
        return { ...set, spec: { ...set.spec, ...expiresAt } } as AnyRuleSet;
      });
    const at = (second: number) => new Date(start + second * 1000).toISOString();
    const lists = fc.uniqueArray(expiring, { selector: keyOf, maxLength: 8 });
    fc.assert(
      fc.property(
        lists,
        fc.array(seconds, { minLength: 1, maxLength: 4 }),
        hosts,
        specs,
        (list, moves, host, spec) => {
          const snapshot = snapshotOf(list, spec);
          let before = Number.NEGATIVE_INFINITY;
          for (const now of moves.map((second) => start + second * 1000)) {
            const left = (time: number) =>
              list.filter((set) => Date.parse(set.spec.expiresAt ?? at(9)) > time);
            expect(snapshot.ruleSets.changesAt(now)).toBe(left(before).length !== left(now).length);
            snapshot.ruleSets.setTime(now);
            before = now;
            const request = requestTo(`${host}:443`);
            expect(pick(decide(request, snapshot))).toEqual(
              pick(decide(request, snapshotOf(left(now), spec))),
            );
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('ignores the order of rule sets', () => {
    fc.assert(
      fc.property(collections, hosts, specs, (list, host, spec) => {
        const request = requestTo(`${host}:443`);
        expect(decide(request, snapshotOf(list.toReversed(), spec))).toEqual(
          decide(request, snapshotOf(list, spec)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('decides the same with an index that was updated and with one that was built from scratch', () => {
    fc.assert(
      fc.property(
        fc.array(sets, { maxLength: 20 }),
        fc.array(fc.nat(19), { maxLength: 8 }),
        hosts,
        (history, gone, host) => {
          const ruleSets = ruleSetIndexOf(history);
          const last = new Map(history.map((set) => [keyOf(set), set]));
          const removed = history.filter((_, index) => gone.includes(index));
          for (const set of removed) {
            removeFrom(ruleSets, set);
            last.delete(keyOf(set));
          }
          const { settings } = snapshotOf([], { ruleSetScope: 'Cluster', privateCIDRs: ['10.0.0.0/8'] });
          const request = requestTo(`${host}:443`);
          const rebuilt = ruleSetIndexOf([...last.values()]);
          expect(decide(request, { ruleSets, settings })).toEqual(
            decide(request, { ruleSets: rebuilt, settings }),
          );
          expect(ruleSets.size).toBe(rebuilt.size);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
