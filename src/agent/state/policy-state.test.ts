import { describe, expect, it } from 'vitest';
import { namespaceOf, podAt, policyStage, proxyWith, ruleSetOf } from './policy-state.fixture.ts';

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
    expect(policy.book.size).toBe(1);
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

  it('uses the rule sets of the namespaces that its proxy serves, and keeps the others for later', () => {
    const { sources, policy } = policyStage();
    void policy.follow(sources, new AbortController().signal);
    sources.egressRuleSets.set(ruleSetOf('a'));
    sources.egressProxies.set(proxyWith());
    expect(policy.book.size).toBe(0);
    sources.namespaces.set(namespaceOf('my-app'));
    expect(policy.book.size).toBe(1);
    sources.namespaces.set(namespaceOf('my-app', 'none'));
    expect(policy.book.size).toBe(0);
    sources.egressProxies.set(proxyWith({ ruleSetScope: 'Cluster' }));
    expect(policy.book.size).toBe(1);
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
    expect(policy.book.size).toBe(1);
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
