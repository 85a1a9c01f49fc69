import type { EgressRuleSet } from '../../api/index.ts';
import {
  countSelectorValues,
  countTargets,
  type NamespaceQuota,
  type RuleSetIndex,
  readInSteps,
  withinQuota,
} from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { ChangeBudgets } from './change-budgets.ts';

export interface RuleSetApplierOptions {
  index: Pick<RuleSetIndex, 'setRuleSet' | 'deleteRuleSet' | 'lacksCluster'>;
  /** Whether decisions can use the rule sets of a namespace. */
  isUsed: (namespace: string) => boolean;
  quota: () => NamespaceQuota;
  /** Makes one change of the index: invalidates, updates, and notifies. */
  change: (update: () => void) => void;
  /** Calls back in a later turn of the event loop, after that many milliseconds. */
  nextTurn?: (callback: () => void, pauseMs: number) => void;
  /** Milliseconds. */
  now?: () => number;
  log: Log;
}

/** Targets that are compiled in one turn of the event loop, or one set with more: at most 1,000 (docs/benchmarks.md). */
const SLICE = 500;

/** A target that is no plain name, such as one with punycode, takes as long as so many that are. */
const SLOW_TARGET = 10;

/** Length of a pause, in times of the work before it: 3 leaves requests three quarters of the time. */
const PAUSES = 3;

/** Targets of one namespace that are compiled in a second, or its quota if that is more (docs/decisions/0070). */
const CHANGED_TARGETS = 5000;

/**
 * Keeps the index of rules equal to the stored EgressRuleSets of the namespaces that decisions can use, within their
 * quota. A small change is applied in the turn in which it arrives, a large one over several turns with pauses: then requests
 * are answered in between by the index as it is, also while a tenant writes without end. A namespace that changes more
 * targets than its budget waits, and no other one with it; what no longer grants is removed without waiting. A set is always
 * replaced as a whole.
 */
export class RuleSetApplier {
  readonly #options: Required<RuleSetApplierOptions>;
  /** The sets of each namespace; the one that changed last is the last one. */
  readonly #stored = new Map<string, Map<string, EgressRuleSet>>();
  readonly #applied = new Map<string, Map<string, EgressRuleSet>>();
  /** Namespaces to compare with the index, first in first out. */
  readonly #pending = new Set<string>();
  readonly #budgets: ChangeBudgets;
  #work: { namespace: string; steps: Iterator<number> } | undefined;
  /** Targets that were compiled since the last pause, and the milliseconds that it took. */
  #spent = 0;
  #spentMs = 0;
  #isPaced = false;
  #turnRequested = false;
  #isRunning = false;
  #settled = Promise.withResolvers<void>();

  constructor(options: RuleSetApplierOptions) {
    const complete = { nextTurn: pause, now: () => performance.now(), ...options };
    this.#options = complete;
    this.#budgets = new ChangeBudgets({
      ...complete,
      perSecond: () => Math.max(CHANGED_TARGETS, complete.quota().targets),
      onReady: (namespace) => this.namespaceChanged(namespace),
      after: complete.nextTurn,
    });
  }

  set(ruleSet: EgressRuleSet): void {
    const { namespace = '', name } = ruleSet.metadata;
    const stored = this.#stored.get(namespace) ?? new Map<string, EgressRuleSet>();
    this.#stored.set(namespace, stored);
    const before = stored.get(name);
    // A status write changes no answer: it is no change of the policy.
    const isChange = !hasSameSpec(before, ruleSet);
    if (isChange) stored.delete(name);
    stored.set(name, ruleSet);
    if (isChange && !this.#budgets.isWaiting(namespace)) this.namespaceChanged(namespace);
  }

  delete(namespace: string, name: string): void {
    const stored = this.#stored.get(namespace);
    if (stored?.delete(name) !== true) return;
    if (stored.size === 0) this.#stored.delete(namespace);
    this.namespaceChanged(namespace);
  }

  /** The rule sets of the namespace, or whether they are used, may have changed. */
  namespaceChanged(namespace: string): void {
    this.#pending.add(namespace);
    this.#run();
  }

  /** The quota, or which namespaces are used, may have changed. */
  allChanged(): void {
    for (const namespace of [...this.#stored.keys(), ...this.#applied.keys()]) this.#pending.add(namespace);
    this.#run();
  }

  /** From now on work is followed by pauses, and has budgets. Until the first state is applied, it has all the time. */
  beginPauses(): void {
    this.#isPaced = true;
  }

  /** Resolves when the index agrees with all changes that were made before. */
  settled(): Promise<void> {
    return this.#isSettled ? Promise.resolve() : this.#settled.promise;
  }

  /** The rule sets in the index. */
  *applied(): Iterable<EgressRuleSet> {
    for (const sets of this.#applied.values()) yield* sets.values();
  }

  /** The rule sets of a namespace in the index. */
  appliedIn(namespace: string): Iterable<EgressRuleSet> {
    return this.#applied.get(namespace)?.values() ?? [];
  }

  /** Number of stored rule sets of used namespaces that are beyond the quota. */
  get beyondQuota(): number {
    let count = 0;
    for (const [namespace, stored] of this.#stored) {
      if (this.#options.isUsed(namespace)) count += stored.size - (this.#applied.get(namespace)?.size ?? 0);
    }
    return count;
  }

  /** Number of namespaces whose changes wait, since they changed more targets than an agent compiles for one namespace. */
  get delayedNamespaces(): number {
    return this.#budgets.waiting;
  }

  get #isIdle(): boolean {
    return this.#pending.size === 0 && this.#work === undefined;
  }

  get #isSettled(): boolean {
    return this.#isIdle && this.#budgets.waiting === 0;
  }

  /** Works until everything is done or the slice of this turn is used up. */
  #run(): void {
    // A listener to a change may make another one.
    if (this.#isRunning) return;
    this.#isRunning = true;
    const start = this.#options.now();
    try {
      while (this.#spent < SLICE && !this.#isIdle) this.#spent += this.#step();
    } finally {
      this.#isRunning = false;
      this.#spentMs += this.#options.now() - start;
    }
    if (this.#isSettled) {
      this.#settled.resolve();
      this.#settled = Promise.withResolvers<void>();
    }
    this.#requestTurn();
  }

  #requestTurn(): void {
    if (this.#turnRequested || this.#spent === 0) return;
    this.#turnRequested = true;
    const pauseMs = this.#isPaced ? PAUSES * this.#spentMs : 0;
    this.#options.nextTurn(() => {
      this.#turnRequested = false;
      this.#spent = 0;
      this.#spentMs = 0;
      this.#run();
    }, pauseMs);
  }

  /** Returns the number of targets that it has compiled, at least 1. */
  #step(): number {
    this.#work ??= this.#begin();
    const { namespace, steps } = this.#work;
    const { done, value } = steps.next();
    if (done) this.#work = undefined;
    else if (this.#isPaced) this.#budgets.spend(namespace, value);
    return done ? 1 : value;
  }

  #begin(): { namespace: string; steps: Iterator<number> } {
    const [namespace = ''] = this.#pending;
    this.#pending.delete(namespace);
    return { namespace, steps: this.#apply(namespace) };
  }

  /** Makes the index agree with a namespace. If the namespace changes meanwhile, it ends: the namespace is pending again. */
  *#apply(namespace: string): Generator<number> {
    for (const { ruleSet, grants } of this.#plan(namespace)) {
      if (grants && this.#budgets.mustWait(namespace)) return;
      if (grants) yield* this.#read(namespace, ruleSet);
      if (this.#pending.has(namespace)) return;
      this.#change(ruleSet, grants);
      yield 1 + countTargets(ruleSet.spec) + countSelectorValues(ruleSet.spec?.podSelector);
    }
  }

  /** Reads slow targets in advance, until the namespace changes. */
  *#read(namespace: string, { spec }: EgressRuleSet): Generator<number> {
    const steps = readInSteps(spec);
    while (!this.#pending.has(namespace) && !steps.next().done) yield SLOW_TARGET;
  }

  #change(ruleSet: EgressRuleSet, grants: boolean): void {
    try {
      this.#options.change(() => (grants ? this.#add(ruleSet) : this.#remove(ruleSet)));
    } catch (err) {
      const { namespace, name } = ruleSet.metadata;
      this.#options.log.error({ err, namespace, ruleSet: name }, 'a rule set could not be applied');
    }
  }

  /**
   * The differences between a namespace and the index: first what no longer grants, then what shrinks, so that the index never
   * has more than the quota, then what has waited longest.
   */
  #plan(namespace: string): { ruleSet: EgressRuleSet; grants: boolean }[] {
    const { index, isUsed, quota } = this.#options;
    const stored = [...(this.#stored.get(namespace)?.values() ?? [])];
    const granted = isUsed(namespace) ? withinQuota(stored, quota()) : [];
    const names = new Set(granted.map(({ metadata }) => metadata.name));
    const applied = this.#applied.get(namespace) ?? new Map<string, EgressRuleSet>();
    const removed = [...applied.values()].filter(({ metadata }) => !names.has(metadata.name));
    const changed = stored.filter((ruleSet) => {
      if (!names.has(ruleSet.metadata.name)) return false;
      return !hasSameSpec(applied.get(ruleSet.metadata.name), ruleSet) || index.lacksCluster(ruleSet);
    });
    const shrinks = ({ metadata: { name }, spec }: EgressRuleSet) =>
      countTargets(spec) < countTargets(applied.get(name)?.spec);
    const inOrder = [...changed.filter(shrinks), ...changed.filter((ruleSet) => !shrinks(ruleSet))];
    return [
      ...removed.map((ruleSet) => ({ ruleSet, grants: false })),
      ...inOrder.map((ruleSet) => ({ ruleSet, grants: true })),
    ];
  }

  #add(ruleSet: EgressRuleSet): void {
    const { namespace = '', name } = ruleSet.metadata;
    const applied = this.#applied.get(namespace) ?? new Map<string, EgressRuleSet>();
    this.#applied.set(namespace, applied.set(name, ruleSet));
    this.#options.index.setRuleSet(ruleSet);
  }

  #remove({ metadata: { namespace = '', name } }: EgressRuleSet): void {
    const applied = this.#applied.get(namespace);
    applied?.delete(name);
    if (applied?.size === 0) this.#applied.delete(namespace);
    this.#options.index.deleteRuleSet(namespace, name);
  }
}

/** A timer waits a millisecond or more. */
function pause(callback: () => void, pauseMs: number): void {
  if (pauseMs < 1) setImmediate(callback);
  else setTimeout(callback, pauseMs);
}

/** The API server numbers the specs of an object by its generation. False where `a` is missing. */
function hasSameSpec(a: EgressRuleSet | undefined, b: EgressRuleSet): boolean {
  if (a === undefined) return false;
  if (a === b) return true;
  const [before, after] = [a.metadata, b.metadata];
  return (
    before.uid !== undefined &&
    before.generation !== undefined &&
    before.uid === after.uid &&
    before.generation === after.generation
  );
}
