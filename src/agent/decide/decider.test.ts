import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { ClientFinder, Holds } from '../identity/index.ts';
import { namespaceOf, podAt, policyStage, proxyWith, ruleSetOf } from '../state/policy-state.fixture.ts';
import { AnswerCache } from './answer-cache.ts';
import { Decider } from './decider.ts';
import type { Outcome } from './outcome.ts';

const LINE = '7 10.0.0.7 40000 CONNECT - h.example 443';

/** A decider of which the look-up of a name ends when the test says so. `cachedForMs`: what is left of its name then. */
function setUp({ cachedForMs = 5000, clock = systemClock }: { cachedForMs?: number; clock?: Clock } = {}) {
  const { policy, sources } = policyStage();
  const answers = new AnswerCache<Outcome>();
  policy.subscribe({ onChange: () => answers.invalidate() });
  const lookedUp = Promise.withResolvers<readonly string[]>();
  const decider = new Decider({
    clients: new ClientFinder(policy, new Holds(systemClock), systemClock),
    sources: {
      policy,
      upstreams: { route: () => ({ kind: 'direct' }) },
      names: {
        resolve: () => lookedUp.promise,
        hasFailed: () => false,
        shownToSquid: () => [],
        parentsSettled: async () => {},
        cached: () => undefined,
        cachedForMs: () => cachedForMs,
      },
    },
    answers,
    limits: {
      admit: () => ({ waitMs: 0, refusal: undefined, recounts: false }),
      wait: async () => {},
      exceeded: () => undefined,
      mayLease: () => true,
    },
    effects: { evaluated() {}, allowed() {}, denied() {}, decided() {}, reused() {} } as never,
    clock,
    log: { error() {} } as never,
  });
  void policy.follow(sources, new AbortController().signal);
  sources.egressProxies.set(proxyWith());
  sources.namespaces.set(namespaceOf('my-app'));
  sources.egressRuleSets.set(ruleSetOf('rules'));
  sources.pods.set(podAt('10.0.0.7'));
  return { sources, decider, finishLookUp: () => lookedUp.resolve(['93.184.216.34']) };
}

describe('Decider, a change while a name is resolved', () => {
  it.each<[string, (sources: ReturnType<typeof setUp>['sources']) => void, RegExp]>([
    ['none', () => {}, /^lease \d+ .* reason_=RuleAllowed/],
    ['another pod', ({ pods }) => pods.set(podAt('10.0.0.8', 'other')), /reason_=RuleAllowed/],
    [
      'the namespace is blocked',
      ({ namespaces }) => namespaces.set(namespaceOf('my-app', 'blocked')),
      /^7 OK verdict_=deny .* reason_=Blocked/,
    ],
    [
      'the rule is removed',
      ({ egressRuleSets }) => egressRuleSets.delete(ruleSetOf('rules')),
      /^7 OK verdict_=deny .* reason_=NoMatchingRule/,
    ],
    [
      'the pod has ended: the decision of before holds',
      ({ pods }) => pods.delete(podAt('10.0.0.7')),
      /reason_=RuleAllowed/,
    ],
  ])('%s', async (_, change, expected) => {
    const { sources, decider, finishLookUp } = setUp();
    const answered = decider.answer(LINE);
    // The name is being resolved after one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    change(sources);
    finishLookUp();
    expect(await answered).toMatch(expected);
  });
});

describe('Decider, a name that expires between evaluation and answer', () => {
  it.each([
    ['is valid', 0.9, /^lease \d+ \d+ 0 7 /],
    ['has just expired', -0.1, /^7 OK verdict_=allow /],
    ['expired while the machine was busy', -400, /^7 OK verdict_=allow /],
  ])('%s: the relay can read the answer', async (_, cachedForMs, expected) => {
    const { decider, finishLookUp } = setUp({ cachedForMs });
    finishLookUp();
    expect(await decider.answer(LINE)).toMatch(expected);
  });
});

describe('Decider, a rule set that expires', () => {
  // Some other one's end is enough: the lease is then asked for again.
  it.each([
    ['in 300 ms', 300, 0, /^lease \d+ \d+ 300 7 /],
    ['later than a lease', 60_000, 0, /^lease \d+ \d+ 5000 7 /],
    ['now, and the timer of the policy state is late', 300, 300, /^7 OK verdict_=allow /],
  ])(
    '%s: no lease lasts longer, also if this agent has ended by then',
    async (_, inMs, laterMs, expected) => {
      const clock = new FakeClock();
      const { sources, decider, finishLookUp } = setUp({ clock });
      const { spec, ...other } = ruleSetOf('other');
      const expiresAt = new Date(clock.now() + inMs).toISOString();
      sources.egressRuleSets.set({ ...other, spec: { ...spec, expiresAt } });
      // The policy state has another clock in this test.
      clock.jump(laterMs);
      finishLookUp();
      expect(await decider.answer(LINE)).toMatch(expected);
    },
  );
});
