import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressRuleSet } from '../../api/index.ts';
import { parseAddress } from '../address/index.ts';
import { decide } from './decide.ts';
import type { Snapshot } from './decision.ts';
import { clusterRuleSet, requestTo, ruleSet, snapshotOf } from './rule-set-index.fixture.ts';

/** A set whose targets count how often they are read. */
function counted(target: string, metadata: { uid: string; generation: number }) {
  let reads = 0;
  const { spec, ...set } = ruleSet('my-app', [target]);
  const object: EgressRuleSet = {
    ...set,
    metadata: { ...set.metadata, ...metadata },
    spec: Object.defineProperty({ ...spec }, 'targets', {
      enumerable: true,
      get() {
        reads += 1;
        return spec.targets;
      },
    }),
  };
  return { object, reads: () => reads };
}

describe('RuleSetIndex', () => {
  const snapshot = snapshotOf([]);
  const verdict = (target: string) => decide(requestTo(target), snapshot).verdict;
  const { ruleSets } = snapshot;

  it('does no work for a status write, and all of it for another spec or another object of the name', () => {
    ruleSets.setRuleSet(counted('a.example.com:443', { uid: 'u1', generation: 1 }).object);
    const again = counted('a.example.com:443', { uid: 'u1', generation: 1 });
    expect(ruleSets.has(again.object)).toBe(true);
    ruleSets.setRuleSet(again.object);
    expect(again.reads()).toBe(0);
    expect(verdict('a.example.com:443')).toBe('allow');

    ruleSets.setRuleSet(counted('b.example.com:443', { uid: 'u1', generation: 2 }).object);
    expect([verdict('a.example.com:443'), verdict('b.example.com:443')]).toEqual(['deny', 'allow']);
    ruleSets.setRuleSet(counted('c.example.com:443', { uid: 'u2', generation: 2 }).object);
    expect([verdict('b.example.com:443'), verdict('c.example.com:443')]).toEqual(['deny', 'allow']);
  });

  it('takes the same set again after its deletion', () => {
    const { object } = counted('a.example.com:443', { uid: 'u1', generation: 1 });
    ruleSets.setRuleSet(object);
    ruleSets.deleteRuleSet('my-app', 'rules');
    expect(verdict('a.example.com:443')).toBe('deny');
    expect(ruleSets.has(object)).toBe(false);
    ruleSets.setRuleSet(object);
    expect(verdict('a.example.com:443')).toBe('allow');
  });
});

describe('RuleSetIndex, ruleSetScope Cluster', () => {
  const scope = { ruleSetScope: 'Cluster' } as const;
  const namespaces = ['my-app', 'other'];
  const target = (number: number) => `t${number}.example.com:443`;
  const setOf = (namespace: string, generation: number): EgressRuleSet => {
    const set = ruleSet(namespace, [target(generation)]);
    return { ...set, metadata: { ...set.metadata, uid: namespace, generation } };
  };
  const allowed = (snapshot: Snapshot) =>
    [1, 2, 3].filter((number) => decide(requestTo(target(number)), snapshot).verdict === 'allow');

  /** A generation of the set of a namespace, which replaces the one before; 0 deletes it. */
  interface Step {
    namespace: string;
    generation: number;
  }
  function write(ruleSets: Snapshot['ruleSets'], all: readonly Step[]): void {
    for (const { namespace, generation } of all) {
      if (generation === 0) ruleSets.deleteRuleSet(namespace, 'rules');
      else ruleSets.setRuleSet(setOf(namespace, generation));
    }
  }
  const steps = fc.array(
    fc.record({ namespace: fc.constantFrom(...namespaces), generation: fc.integer({ min: 0, max: 3 }) }),
  );

  it('decides as an index that has had the scope from the beginning, once every set that lacks it is set again', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const [late, early] = [snapshotOf([], scope), snapshotOf([], scope)];
        early.ruleSets.beginCluster();
        write(late.ruleSets, before);
        late.ruleSets.beginCluster();
        write(late.ruleSets, after);
        write(early.ruleSets, [...before, ...after]);
        const latest = new Map([...before, ...after].map((step) => [step.namespace, step]));
        const sets = [...latest.values()].map(({ namespace, generation }) => setOf(namespace, generation));
        for (const set of sets.filter((each) => late.ruleSets.lacksCluster(each)))
          late.ruleSets.setRuleSet(set);
        expect(sets.filter((set) => late.ruleSets.lacksCluster(set))).toEqual([]);
        expect(allowed(late)).toEqual(allowed(early));
      }),
    );
  });
});

describe('RuleSetIndex, sets that expire', () => {
  const noon = Date.parse('2026-01-01T12:00:00Z');
  const expiresAt = '2026-01-01T12:00:00Z';

  it('says of a refusal which rule expired, and when', () => {
    const snapshot = snapshotOf([ruleSet('my-app', ['a.example.com:443'], { name: 'incident', expiresAt })]);
    snapshot.ruleSets.setTime(noon - 1);
    expect(decide(requestTo('a.example.com:443'), snapshot).verdict).toBe('allow');
    snapshot.ruleSets.setTime(noon);
    expect(decide(requestTo('a.example.com:443'), snapshot)).toMatchObject({
      reason: 'NoMatchingRule',
      detail: 'my-app/incident#0 expired at 2026-01-01T12:00:00.000Z',
      remedy: 'rule',
    });
  });

  it('ends limits and clientCIDRs with their set, and keeps those of another set with the same range', () => {
    const limits = { requestsPerSecond: 1 };
    const clientCIDRs = ['192.0.2.0/24'];
    const { ruleSets } = snapshotOf([
      clusterRuleSet([], { name: 'narrow', limits, clientCIDRs, expiresAt }),
      clusterRuleSet(['a.example.com:443'], {
        name: 'nodes',
        clientCIDRs,
        expiresAt: '2026-01-01T13:00:00Z',
      }),
    ]);
    const address = parseAddress('192.0.2.7');
    if (address === undefined) throw new Error('no address');
    const state = (now: number) => {
      ruleSets.setTime(now);
      return [
        ruleSets.limitsFor({ kind: 'range', address }),
        ruleSets.servesAddress(address),
        ruleSets.nextExpiry,
      ];
    };
    const hour = 3_600_000;
    expect(state(noon - 1)).toEqual([limits, true, noon]);
    expect(state(noon)).toEqual([{}, true, noon + hour]);
    expect(state(noon + hour)).toEqual([{}, false, Number.POSITIVE_INFINITY]);
    ruleSets.deleteClusterRuleSet('narrow');
    ruleSets.deleteClusterRuleSet('nodes');
    expect(ruleSets.nextExpiry).toBeUndefined();
  });
});
