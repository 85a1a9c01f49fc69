import { describe, expect, it } from 'vitest';
import { requestTo } from '../../rules/decide/rule-set-index.fixture.ts';
import { decide } from '../../rules/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import type { ClientPod } from './client-pod.ts';
import {
  namespaceOf,
  podAt,
  policyStage,
  proxyWith,
  ruleSetOf,
  targetGroupOf,
} from './policy-state.fixture.ts';

describe('PolicyState', () => {
  it('starts from a snapshot and drops what is not in the first complete list', async () => {
    const { sources, policy } = policyStage();
    policy.seed([
      { kind: 'egressProxies', object: proxyWith() },
      { kind: 'namespaces', object: namespaceOf('my-app') },
      { kind: 'egressRuleSets', object: ruleSetOf('kept') },
      { kind: 'egressRuleSets', object: ruleSetOf('gone') },
      { kind: 'somethingElse', object: ruleSetOf('x') },
    ]);
    const followed = policy.follow(sources, new AbortController().signal);
    expect(policy.generations()).toEqual({ kept: 1, gone: 1, proxy: 4 });
    sources.egressProxies.set(proxyWith());
    sources.namespaces.set(namespaceOf('my-app'));
    sources.egressRuleSets.set(ruleSetOf('kept', 2));
    for (const source of Object.values(sources)) source.sync();
    await followed;
    expect(policy.generations()).toEqual({ kept: 2, proxy: 4 });
    expect(policy.ruleSets.size).toBe(1);
  });

  it('takes over each change immediately', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxyWith());
    sources.namespaces.set(namespaceOf('my-app'));
    sources.egressRuleSets.set(ruleSetOf('a'));
    expect(policy.generations()).toEqual({ a: 1, proxy: 4 });
    sources.egressRuleSets.delete(ruleSetOf('a'));
    expect(policy.generations()).toEqual({ proxy: 4 });
  });

  it('invalidates cached answers before it notifies of a change', () => {
    const { sources, policy, events } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    const changes = [
      () => sources.egressProxies.set(proxyWith()),
      () => sources.namespaces.set(namespaceOf('my-app')),
      () => sources.pods.set(podAt('10.0.0.7')),
      () => sources.pods.delete(podAt('10.0.0.7')),
      () => sources.egressRuleSets.set(ruleSetOf('a')),
      () => sources.egressRuleSets.delete(ruleSetOf('a')),
      () => policy.setParentAddresses(new Map()),
    ];
    for (const change of changes) {
      events.length = 0;
      change();
      expect(events[0]).toBe('invalidate');
    }
  });

  it('takes a status write of a rule set for no change', () => {
    const { sources, policy, events } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxyWith());
    sources.namespaces.set(namespaceOf('my-app'));
    sources.egressRuleSets.set(ruleSetOf('a'));
    events.length = 0;
    sources.egressRuleSets.set({ ...ruleSetOf('a'), status: { observedGeneration: 1 } });
    expect(events).toEqual([]);
    sources.egressRuleSets.set(ruleSetOf('a', 2));
    expect(events).toEqual(['invalidate', 'change']);
  });

  it('takes what an agent does not know of a pod for no change', () => {
    const { sources, policy, events } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    const pod = (resourceVersion: string, changes: Partial<ClientPod> = {}): ClientPod => {
      const known = podAt('10.0.0.7', 'api', { app: 'api' });
      return { ...known, metadata: { ...known.metadata, resourceVersion }, ...changes };
    };
    sources.pods.set(pod('1'));
    events.length = 0;
    const second = pod('2');
    sources.pods.set(second);
    expect(events).toEqual([]);
    expect(policy.podAt('10.0.0.7')).toBe(second);
    const other = podAt('10.0.0.7', 'api', { app: 'other' });
    const changes: ClientPod[] = [
      pod('3', { owner: 'Deployment/api' }),
      pod('4', { addresses: ['10.0.0.8'] }),
      pod('5', { addresses: ['10.0.0.8'], isRedirected: true }),
      { ...other, metadata: { ...other.metadata, resourceVersion: '6' } },
      { ...other, metadata: { ...other.metadata, uid: 'again', resourceVersion: '7' } },
    ];
    for (const change of changes) {
      sources.pods.set(change);
      expect(events).toEqual(['invalidate', 'change']);
      events.length = 0;
    }
  });

  it('takes what an agent does not know of a namespace for no change', () => {
    const { sources, policy, events } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    const version = (resourceVersion: string, mode: string) => {
      const namespace = namespaceOf('my-app', mode);
      return { ...namespace, metadata: { ...namespace.metadata, resourceVersion } };
    };
    sources.namespaces.set(version('1', 'enforce'));
    events.length = 0;
    sources.namespaces.set(version('2', 'enforce'));
    expect(events).toEqual([]);
    sources.namespaces.set(version('3', 'observe'));
    expect(events).toEqual(['invalidate', 'change']);
  });

  it('takes over each change of a target group in one step, as a new revision', () => {
    const { sources, policy, events } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxyWith());
    sources.namespaces.set(namespaceOf('my-app'));
    sources.egressRuleSets.set({ ...ruleSetOf('a'), spec: { targets: [], targetGroups: ['g'] } });
    const verdicts = () =>
      ['h1.example:443', 'h2.example:443'].map((target) => {
        const { ruleSets, settings } = policy;
        return settings && decide(requestTo(target), { ruleSets, settings }).verdict;
      });
    expect(verdicts()).toEqual(['deny', 'deny']);
    events.length = 0;
    sources.egressTargetGroups.set(targetGroupOf('g'));
    expect(events).toEqual(['invalidate', 'change']);
    expect(verdicts()).toEqual(['allow', 'deny']);
    events.length = 0;
    sources.egressTargetGroups.set({ ...targetGroupOf('g') });
    expect(events).toEqual([]);
    sources.egressTargetGroups.set(targetGroupOf('g', 2));
    expect(verdicts()).toEqual(['deny', 'allow']);
    expect(policy.generations()).toEqual({ a: 1, g: 2, proxy: 4 });
    expect([...policy.entries()].map(({ kind }) => kind)).toContain('egressTargetGroups');
    sources.egressTargetGroups.delete(targetGroupOf('g', 2));
    expect(verdicts()).toEqual(['deny', 'deny']);
  });

  it('uses the rule sets of the namespaces that its proxy serves, and keeps the others for later', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressRuleSets.set(ruleSetOf('a'));
    sources.egressProxies.set(proxyWith());
    expect(policy.ruleSets.size).toBe(0);
    sources.namespaces.set(namespaceOf('my-app'));
    expect(policy.ruleSets.size).toBe(1);
    sources.namespaces.set(namespaceOf('my-app', 'none'));
    expect(policy.ruleSets.size).toBe(0);
    sources.egressProxies.set(proxyWith({ ruleSetScope: 'Cluster' }));
    expect(policy.ruleSets.size).toBe(1);
  });

  it('uses the rule sets of a namespace that has moved to another proxy, for the pods that were there before', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxyWith());
    const { metadata, ...other } = proxyWith();
    sources.egressProxies.set({
      ...other,
      metadata: { ...metadata, name: 'other', uid: 'other', annotations: {} },
    });
    sources.namespaces.set(namespaceOf('my-app'));
    sources.egressRuleSets.set(ruleSetOf('a'));
    sources.pods.set(podAt('10.0.0.7'));
    sources.namespaces.set(
      namespaceOf('my-app', 'enforce', { 'egress.zalando.org/proxy': 'egress-proxy.other' }),
    );
    expect(policy.isFormerClient(podAt('10.0.0.7'))).toBe(true);
    expect(policy.ruleSets.size).toBe(1);
  });

  it('knows the pods of the namespaces that another default proxy serves from now on', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxyWith());
    sources.namespaces.set(namespaceOf('my-app'));
    sources.pods.set(podAt('10.0.0.7'));
    const { metadata, ...other } = proxyWith();
    sources.egressProxies.set({ ...other, metadata: { ...metadata, name: 'other', uid: 'other' } });
    sources.egressProxies.set({ ...other, metadata: { ...metadata, annotations: {} } });
    sources.pods.set(podAt('10.0.0.8', 'later'));
    const isFormer = (address: string, name: string) => policy.isFormerClient(podAt(address, name));
    expect([isFormer('10.0.0.7', 'api'), isFormer('10.0.0.8', 'later')]).toEqual([true, false]);
  });

  it('tells of pods when one comes, changes or goes, and of nothing else', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    let told = 0;
    policy.subscribe({ onPod: () => (told += 1) });
    const changes: [change: () => void, expected: number][] = [
      [() => sources.egressProxies.set(proxyWith()), 0],
      [() => sources.namespaces.set(namespaceOf('my-app')), 0],
      [() => sources.egressRuleSets.set(ruleSetOf('a')), 0],
      [() => sources.pods.set(podAt('10.0.0.7')), 1],
      [() => sources.pods.set(podAt('10.0.0.7', 'api', { app: 'api' })), 2],
      [() => sources.pods.delete(podAt('10.0.0.7')), 3],
    ];
    for (const [change, expected] of changes) {
      change();
      expect(told).toBe(expected);
    }
  });

  it('uses the rule sets within the quota of a namespace', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.namespaces.set(namespaceOf('my-app'));
    sources.egressProxies.set(proxyWith({ limits: { ruleSetsPerNamespace: 2 } }));
    for (const name of ['a', 'b', 'c']) sources.egressRuleSets.set(ruleSetOf(name));
    expect(policy.generations()).toEqual({ a: 1, b: 1, proxy: 4 });
    expect(policy.ruleSetsBeyondQuota).toBe(1);
    sources.egressRuleSets.delete(ruleSetOf('a'));
    expect(policy.generations()).toEqual({ b: 1, c: 1, proxy: 4 });
    sources.egressProxies.set(proxyWith({ limits: { targetsPerNamespace: 1 } }));
    expect(policy.generations()).toEqual({ b: 1, proxy: 4 });
  });

  describe('a rule set that expires', () => {
    const SECOND = 1000;
    const expiring = (seconds: number, generation = 1) => {
      const { spec, ...set } = ruleSetOf('a', generation);
      const expiresAt = new Date(new FakeClock().now() + seconds * SECOND).toISOString();
      return { ...set, spec: { ...spec, expiresAt } };
    };
    const allows = ({ policy }: ReturnType<typeof policyStage>) => {
      const { ruleSets, settings } = policy;
      if (settings === undefined) throw new Error('no settings');
      return decide(requestTo('h.example:443'), { ruleSets, settings }).verdict;
    };
    function start(seconds: number) {
      const stage = policyStage();
      const ending = new AbortController();
      void stage.policy.follow(stage.sources, ending.signal);
      stage.sources.egressProxies.set(proxyWith());
      stage.sources.namespaces.set(namespaceOf('my-app'));
      stage.sources.egressRuleSets.set(expiring(seconds));
      stage.events.length = 0;
      return { ...stage, ending };
    }

    it('ends at its moment, after everything that was cached', async () => {
      const stage = start(7200);
      await stage.clock.advance(7200 * SECOND - 1);
      expect([allows(stage), ...stage.events]).toEqual(['allow']);
      await stage.clock.advance(1);
      expect([allows(stage), ...stage.events]).toEqual(['deny', 'invalidate', 'change']);
      expect(stage.policy.generations()).toEqual({ a: 1, proxy: 4 });
    });

    it('ends within a second of a clock that was set forward or of a machine that was suspended', async () => {
      const stage = start(7200);
      stage.clock.jump(7200 * SECOND);
      await stage.clock.advance(SECOND);
      expect(allows(stage)).toBe('deny');
      stage.clock.jump(-3600 * SECOND);
      await stage.clock.advance(SECOND);
      expect(allows(stage)).toBe('allow');
    });

    it('has a later or an earlier end as soon as it is changed', async () => {
      const stage = start(7200);
      stage.sources.egressRuleSets.set(expiring(9000, 2));
      await stage.clock.advance(8000 * SECOND);
      expect(allows(stage)).toBe('allow');
      stage.sources.egressRuleSets.set(expiring(1, 3));
      expect(allows(stage)).toBe('deny');
      stage.sources.egressRuleSets.set(ruleSetOf('a', 4));
      expect(allows(stage)).toBe('allow');
    });

    it('has ended in the snapshot with which an agent starts while the API server is down', () => {
      const before = start(7200);
      const entries = [...before.policy.entries()];
      const at = (ms: number) => {
        const clock = new FakeClock(new FakeClock().now() + ms);
        const stage = policyStage(clock);
        stage.policy.seed(entries);
        void stage.policy.follow(stage.sources, new AbortController().signal);
        return allows(stage);
      };
      expect([at(7199 * SECOND), at(7200 * SECOND)]).toEqual(['allow', 'deny']);
    });

    it('leaves no timer when the agent ends, or when no rule set expires', async () => {
      const stage = start(7200);
      expect(stage.clock.pending).toEqual([SECOND]);
      stage.sources.egressRuleSets.delete(expiring(7200));
      expect(stage.clock.pending).toEqual([]);
      stage.sources.egressRuleSets.set(expiring(7200, 2));
      stage.ending.abort();
      expect(stage.clock.pending).toEqual([]);
    });
  });

  it("counts the proxy's own pods and Service among its own addresses", () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressProxies.set(proxyWith({ service: { clusterIP: '10.96.0.9' } }));
    expect([...(policy.settings?.ownAddresses ?? [])]).toEqual(['10.96.0.9']);
    const own = podAt('10.0.0.2', 'squid-0', { 'egress.zalando.org/owner-proxy': 'egress-proxy.squid' });
    sources.pods.set({ ...own, metadata: { ...own.metadata, namespace: 'egress-proxy' } });
    expect([...(policy.settings?.ownAddresses ?? [])].sort()).toEqual(['10.0.0.2', '10.96.0.9']);
    // The label has no meaning in another namespace.
    sources.pods.set({ ...own, addresses: ['10.0.0.3'] });
    expect(policy.settings?.ownAddresses.has('10.0.0.3')).toBe(false);
  });
});
