import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressRuleSet } from '../../api/index.ts';
import { type NamespaceQuota, RuleSetIndex, withinQuota } from '../../rules/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { RuleSetApplier } from './rule-set-applier.ts';

const setOf = (
  name: string,
  generation: number,
  targets: readonly string[],
  namespace = 'my-app',
): EgressRuleSet => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressRuleSet',
  metadata: { namespace, name, uid: `${namespace}-${name}`, generation },
  spec: { targets: [...targets] },
});
const targetsOf = (count: number, prefix = 'h') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}.example.com:443`);

/** An applier whose turns are made by the test. */
function stage({ quota = { ruleSets: 200, targets: 1_000_000 } }: { quota?: NamespaceQuota } = {}) {
  const index = new RuleSetIndex();
  const turns: { callback: () => void; dueAt: number }[] = [];
  const used = new Set(['my-app', 'other']);
  const pauses: number[] = [];
  const lines: unknown[] = [];
  const clock = { ms: 0 };
  let changes = 0;
  const applier = new RuleSetApplier({
    index,
    isUsed: (namespace) => used.has(namespace),
    quota: () => quota,
    change: (update) => {
      changes += 1;
      clock.ms += 10;
      update();
    },
    nextTurn: (callback, pauseMs) => {
      turns.push({ callback, dueAt: clock.ms + pauseMs });
      pauses.push(pauseMs);
    },
    now: () => clock.ms,
    log: { ...silentLog, warn: (fields) => lines.push(fields) },
  });
  /** Makes the next turn of the event loop, when it is due; false if none was requested. */
  const turn = () => {
    const [next] = turns.sort((a, b) => a.dueAt - b.dueAt).splice(0, 1);
    if (next === undefined) return false;
    clock.ms = Math.max(clock.ms, next.dueAt);
    next.callback();
    return true;
  };
  /** Makes all turns that are due until then. */
  const passTime = (ms: number) => {
    const end = clock.ms + ms;
    while (turns.some(({ dueAt }) => dueAt <= end)) turn();
    clock.ms = Math.max(clock.ms, end);
  };
  return { index, applier, used, turn, passTime, pauses, lines, changes: () => changes };
}

const client = {
  kind: 'pod',
  namespace: 'my-app',
  namespaceLabels: {},
  name: 'api',
  labels: {},
  mode: 'enforce',
  selected: true,
} as const;

/** The rule set that allows a name to a pod of the namespace. */
function allows(
  index: RuleSetIndex,
  name: string,
  namespace = 'my-app',
  ruleSetScope: 'Namespace' | 'Cluster' = 'Namespace',
): string | undefined {
  const limits = { ruleSetScope, wildcardTargets: 'Warn' } as const;
  for (const scope of index.allowScopes({ ...client, namespace }, limits)) {
    const rule = scope.findName(name, 443);
    if (rule !== undefined) return rule.set.name;
  }
  return undefined;
}

describe('RuleSetApplier', () => {
  it('applies a small change in the turn in which it arrives', () => {
    const { index, applier } = stage();
    applier.set(setOf('a', 1, ['a.example.com:443']));
    expect(allows(index, 'a.example.com')).toBe('a');
    applier.set(setOf('a', 2, ['b.example.com:443']));
    expect([allows(index, 'a.example.com'), allows(index, 'b.example.com')]).toEqual([undefined, 'a']);
    applier.delete('my-app', 'a');
    expect(index.size).toBe(0);
  });

  it('reads names in punycode over several turns, and then applies the set as a whole', () => {
    const { index, applier, turn, changes } = stage();
    const names = targetsOf(1000, 'xn--bcher-kva.x');
    applier.set(setOf('slow', 1, names));
    let turns = 1;
    while (index.size === 0) {
      expect(changes()).toBe(0);
      expect(turn()).toBe(true);
      turns += 1;
    }
    expect(turns).toBeGreaterThanOrEqual(1000 / 50);
    expect(allows(index, 'xn--bcher-kva.x999.example.com')).toBe('slow');
  });

  it('indexes sets for ruleSetScope Cluster over several turns, and they grant to their own namespace meanwhile', async () => {
    const { index, applier, turn } = stage();
    for (let number = 0; number < 20; number += 1)
      applier.set(setOf(`s${number}`, 1, targetsOf(100, `s${number}-`)));
    while (turn());
    index.beginCluster();
    applier.allChanged();
    const inScope = () =>
      Array.from({ length: 20 }, (_, number) =>
        allows(index, `s${number}-99.example.com`, 'third', 'Cluster'),
      ).filter((name) => name !== undefined).length;
    const settled = applier.settled();
    const granted = [inScope()];
    while (turn()) {
      granted.push(inScope());
      expect(allows(index, 's19-0.example.com')).toBe('s19');
    }
    await settled;
    expect(granted.slice(0, 4)).toEqual([5, 10, 15, 20]);
  });

  it('yields after each 500 targets, or after a larger set', async () => {
    const { index, applier, turn } = stage();
    for (let number = 0; number < 100; number += 1) applier.set(setOf(`s${number}`, 1, targetsOf(100)));
    const settled = applier.settled();
    const sizes = [index.size];
    while (turn()) sizes.push(index.size);
    await settled;
    // 100 targets and the set itself count 101.
    expect(sizes.slice(0, 3)).toEqual([5, 10, 15]);
    expect(sizes.length).toBeGreaterThanOrEqual(20);
    expect(index.size).toBe(100);
    for (let number = 0; number < 3; number += 1) applier.set(setOf(`large${number}`, 1, targetsOf(1000)));
    expect(index.size).toBe(101);
    turn();
    expect(index.size).toBe(102);
  });

  it('yields after a set whose selector has a thousand values, as after one of so many targets', () => {
    const { index, applier, turn } = stage();
    const values = (key: string) => targetsOf(32, key).map((name) => name.replaceAll(':', '.'));
    const matchExpressions = Array.from({ length: 31 }, (_, key) => {
      return { key: `key-${key}`, operator: 'NotIn' as const, values: values(`v${key}-`) };
    });
    for (let number = 0; number < 4; number += 1) {
      const small = setOf(`s${number}`, 1, targetsOf(1));
      applier.set({ ...small, spec: { ...small.spec, podSelector: { matchExpressions } } });
    }
    const sizes = [index.size];
    while (turn()) sizes.push(index.size);
    expect(sizes.slice(0, 4)).toEqual([1, 2, 3, 4]);
  });

  it('pauses after work for three times as long, so that endless changes leave requests their time', () => {
    const { applier, turn, pauses } = stage();
    for (let number = 0; number < 4; number += 1) applier.set(setOf(`s${number}`, 1, targetsOf(1000)));
    turn();
    expect(pauses).toEqual([0, 0]);
    applier.beginPauses();
    turn();
    // What arrives during the pause waits for its end.
    applier.set(setOf('s0', 2, targetsOf(1000)));
    expect(pauses).toEqual([0, 0, 30]);
    turn();
    expect(pauses).toEqual([0, 0, 30, 30]);
  });

  it('counts many small changes of one turn together', () => {
    const { index, applier, turn } = stage();
    for (let number = 0; number < 1000; number += 1) {
      applier.set(setOf('s', 1, targetsOf(9), `ns-${number}`));
      applier.set(setOf('s', 1, targetsOf(9), number % 2 === 0 ? 'my-app' : 'other'));
    }
    expect(index.size).toBe(2);
    while (turn());
    expect(index.size).toBe(2);
  });

  it('lets another namespace wait for one slice, whatever one namespace writes', () => {
    const { index, applier, turn } = stage();
    for (let number = 0; number < 50; number += 1) applier.set(setOf(`s${number}`, 1, targetsOf(1000)));
    applier.set(setOf('victim', 1, ['v.example.com:443'], 'other'));
    for (let generation = 2; allows(index, 'v.example.com', 'other') === undefined; generation += 1) {
      expect(generation).toBeLessThan(5);
      applier.set(setOf('s0', generation, targetsOf(1000)));
      turn();
    }
  });

  describe('of a namespace that changes more targets than it has compiled in a second', () => {
    /** It has used its burst, and its set `s` has waited in one version after the other. */
    function flooded({ targets = 5000 } = {}) {
      const made = stage({ quota: { ruleSets: 200, targets } });
      made.applier.beginPauses();
      let generation = 0;
      const flood = () => {
        generation += 1;
        made.applier.set(setOf('s', generation, targetsOf(1000, `v${generation}-`)));
      };
      const applied = () => /^v(\d+)/.exec([...made.applier.applied()][0]?.spec.targets[0] ?? '')?.[1];
      while (made.applier.delayedNamespaces === 0) {
        expect(generation).toBeLessThan(100);
        flood();
        made.passTime(50);
      }
      return { ...made, flood, applied, generation: () => generation };
    }

    it('applies the newest version of a set when the namespace has a budget again', () => {
      const { applier, flood, applied, passTime, generation, changes } = flooded();
      const before = changes();
      for (let writes = 0; writes < 20; writes += 1) flood();
      expect(changes()).toBe(before);
      passTime(250);
      expect(applied()).toBe(String(generation()));
      expect(changes()).toBe(before + 1);
      expect(applier.delayedNamespaces).toBe(0);
    });

    it('compiles five sets of 1,000 targets a second, or as many as the quota has', () => {
      for (const [targets, sets] of [
        [5000, 5],
        [10_000, 10],
      ] as const) {
        const { flood, passTime, changes } = flooded({ targets });
        const before = changes();
        for (let writes = 0; writes < 1000; writes += 1) {
          flood();
          passTime(10);
        }
        expect((changes() - before) / 10).toBeCloseTo(sets, 0);
      }
    });

    it('applies the changes of other namespaces in the turn in which they arrive', () => {
      const { applier, index } = flooded();
      applier.set(setOf('victim', 1, ['v.example.com:443'], 'other'));
      expect(allows(index, 'v.example.com', 'other')).toBe('victim');
    });

    it('removes without waiting what is deleted, or no longer used', () => {
      const { applier, index, used } = flooded();
      expect(index.size).toBe(1);
      applier.delete('my-app', 's');
      expect(index.size).toBe(0);
      const other = flooded();
      other.used.delete('my-app');
      other.applier.namespaceChanged('my-app');
      expect(other.index.size).toBe(0);
      expect(used.size).toBe(2);
    });

    it('lets no set wait because another one changes without end', () => {
      const { applier, index, flood, passTime } = flooded();
      applier.set(setOf('quiet', 1, ['quiet.example.com:443']));
      for (let writes = 0; writes < 50; writes += 1) {
        flood();
        passTime(10);
      }
      expect(allows(index, 'quiet.example.com')).toBe('quiet');
    });

    it('logs it one time a minute', () => {
      const { lines, flood, passTime } = flooded();
      for (let writes = 0; writes < 590; writes += 1) {
        flood();
        passTime(100);
      }
      expect(lines).toEqual([{ namespace: 'my-app', targetsPerSecond: 5000 }]);
      for (let writes = 0; writes < 20; writes += 1) {
        flood();
        passTime(100);
      }
      expect(lines).toHaveLength(2);
    });
  });

  it('does no work for a status write', () => {
    const { applier, changes } = stage();
    applier.set(setOf('a', 1, targetsOf(2)));
    applier.set({ ...setOf('a', 1, targetsOf(2)), status: { observedGeneration: 1 } });
    expect(changes()).toBe(1);
  });

  it('continues after a change that fails', () => {
    const index = new RuleSetIndex();
    const applier = new RuleSetApplier({
      index,
      isUsed: () => true,
      quota: () => ({ ruleSets: 9, targets: 9 }),
      change: (update) => {
        update();
        throw new Error('a listener failed');
      },
      log: silentLog,
    });
    applier.set(setOf('a', 1, ['a.example.com:443']));
    applier.set(setOf('b', 1, ['b.example.com:443']));
    expect(index.size).toBe(2);
  });

  const names = ['a', 'b', 'c'] as const;
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('set' as const),
        namespace: fc.constantFrom('my-app', 'other'),
        name: fc.constantFrom(...names),
        count: fc.constantFrom(1, 3, 200, 600),
        prefix: fc.constantFrom('h', 'i'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('delete' as const),
        namespace: fc.constantFrom('my-app', 'other'),
        name: fc.constantFrom(...names),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('use' as const), used: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  );

  it('whatever changes between the slices, never has more than the quota, and decides in the end as if all was compiled in one step', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.boolean(), (actions, isPaced) => {
        const model = new Model();
        if (isPaced) model.stage.applier.beginPauses();
        for (const each of actions) {
          model.perform(each);
          model.expectWholeSets();
          model.expectWithinQuota();
        }
        while (model.stage.turn());
        model.expectAsCompiledInOneStep();
      }),
      { numRuns: 150 },
    );
  });

  type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

  /** An applier, and the changes that it was given. */
  class Model {
    readonly quota = { ruleSets: 2, targets: 900 };
    readonly stage = stage({ quota: this.quota });
    readonly #stored = new Map<string, EgressRuleSet>();
    /** The targets of every version of every set. */
    readonly #versions: { namespace: string; name: string; targets: string[] }[] = [];

    perform(each: Action): void {
      const { applier, used, turn } = this.stage;
      if (each.kind === 'turn') turn();
      else if (each.kind === 'use') {
        used[each.used ? 'add' : 'delete']('other');
        applier.namespaceChanged('other');
      } else if (each.kind === 'delete') {
        this.#stored.delete(`${each.namespace}/${each.name}`);
        applier.delete(each.namespace, each.name);
      } else this.#set(each);
    }

    #set({ namespace, name, count, prefix }: Extract<Action, { kind: 'set' }>): void {
      const generation = this.#versions.length + 1;
      const targets = targetsOf(count, `${prefix}${generation}-`);
      const ruleSet = setOf(name, generation, targets, namespace);
      this.#stored.set(`${namespace}/${name}`, ruleSet);
      this.#versions.push({ namespace, name, targets });
      this.stage.applier.set(ruleSet);
    }

    expectWithinQuota(): void {
      for (const namespace of this.stage.used) {
        const sets = [...this.stage.applier.appliedIn(namespace)];
        expect(sets.length).toBeLessThanOrEqual(this.quota.ruleSets);
        expect(sum(sets.map(({ spec }) => spec.targets.length))).toBeLessThanOrEqual(this.quota.targets);
      }
    }

    /** A set is in the index as a whole or not at all, and in one version only. */
    expectWholeSets(): void {
      const seen = new Set<string>();
      for (const { namespace, name, targets } of this.#versions) {
        const [first, last] = [targets[0], targets.at(-1)].map((target = '') =>
          allows(this.stage.index, hostOf(target), namespace),
        );
        expect(first).toBe(last);
        if (first === undefined) continue;
        expect(seen).not.toContain(`${namespace}/${name}`);
        seen.add(`${namespace}/${name}`);
      }
    }

    expectAsCompiledInOneStep(): void {
      const expected = new RuleSetIndex();
      for (const namespace of this.stage.used) {
        const sets = [...this.#stored.values()].filter(({ metadata }) => metadata.namespace === namespace);
        for (const ruleSet of withinQuota(sets, this.quota)) expected.setRuleSet(ruleSet);
      }
      for (const { namespace, targets } of this.#versions) {
        for (const host of targets.map(hostOf)) {
          expect(allows(this.stage.index, host, namespace)).toBe(allows(expected, host, namespace));
        }
      }
    }
  }
});

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const hostOf = (target: string) => target.replace(':443', '');
