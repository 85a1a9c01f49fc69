import { describe, expect, it } from 'vitest';
import type { ClusterEgressRuleSet, EgressProxy } from '../../api/index.ts';
import { systemClock } from '../../time/index.ts';
import { namespaceOf, podAt, policyStage, proxyWith } from '../state/policy-state.fixture.ts';
import { ClientFinder } from './client-finder.ts';
import { Holds } from './holds.ts';

const API = 'zalando.org/v1';

function setUp() {
  const stage = policyStage();
  const holds = new Holds(systemClock);
  stage.policy.subscribe({
    onAddress: (address) => holds.release(address),
    onClients: () => holds.releaseAll(),
  });
  return { ...stage, finder: new ClientFinder(stage.policy, holds, systemClock) };
}

describe('ClientFinder', () => {
  function known(changes: Partial<EgressProxy['spec']> = {}) {
    const stage = setUp();
    void stage.policy.follow(stage.sources, new AbortController().signal);
    stage.sources.egressProxies.set(proxyWith(changes));
    stage.sources.namespaces.set(namespaceOf('my-app'));
    const kind = async (address: string) => (await stage.finder.find(address)).kind;
    return { ...stage, kind };
  }
  const nodes = (clientCIDRs: string[]): ClusterEgressRuleSet => ({
    apiVersion: API,
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'nodes' },
    spec: { targets: ['h.example:443'], clientCIDRs },
  });

  it('finds a pod of a namespace that this proxy serves', async () => {
    const { sources, kind } = known();
    sources.pods.set(podAt('10.0.0.7'));
    expect(await kind('10.0.0.7')).toBe('pod');
  });

  it.each([
    ['has no mode', namespaceOf('my-app', 'none')],
    ['uses another proxy', namespaceOf('my-app', 'enforce', { 'egress.zalando.org/proxy': 'a.b' })],
  ])('does not serve a pod whose namespace %s', async (_, changed) => {
    const { sources, kind } = known();
    sources.pods.set(podAt('10.0.0.7'));
    sources.namespaces.set(changed);
    expect(await kind('10.0.0.7')).toBe('notServed');
  });

  it('waits for a pod, and for its namespace', async () => {
    const { sources, policy, finder } = known({ identityHoldSeconds: 5 });
    sources.namespaces.delete(namespaceOf('my-app'));
    const found = finder.find('10.0.0.7');
    sources.pods.set(podAt('10.0.0.7'));
    await Promise.resolve();
    sources.namespaces.set(namespaceOf('my-app'));
    expect((await found).kind).toBe('pod');
    expect(policy.podAt('10.0.0.7')).toBeDefined();
  });

  it('finds a node in a client range, and never takes an unknown pod for a node', async () => {
    const { sources, kind } = known();
    sources.clusterEgressRuleSets.set(nodes(['0.0.0.0/0']));
    expect([await kind('192.168.1.1'), await kind('10.0.0.7'), await kind('fd00::1')]).toEqual([
      'range',
      'unknown',
      'unknown',
    ]);
  });

  it('waits for a fresh pod in a network outside of podCIDRs in which other pods are or were', async () => {
    const { sources, finder, kind } = known({ identityHoldSeconds: 5 });
    expect(await kind('192.168.77.9')).toBe('unknown');
    sources.pods.set(podAt('192.168.77.3', 'first'));
    const found = finder.find('192.168.77.9');
    sources.pods.set(podAt('192.168.77.9', 'fresh'));
    expect((await found).kind).toBe('pod');
    sources.pods.delete(podAt('192.168.77.3', 'first'));
    sources.pods.delete(podAt('192.168.77.9', 'fresh'));
    const again = finder.find('192.168.77.10');
    sources.pods.set(podAt('192.168.77.10', 'third'));
    expect((await again).kind).toBe('pod');
    expect(await kind('192.168.78.9')).toBe('unknown');
  });

  it('serves a client range as before, although pods are in its network', async () => {
    const { sources, kind } = known();
    sources.clusterEgressRuleSets.set(nodes(['192.168.77.0/24']));
    sources.pods.set(podAt('192.168.77.3'));
    expect(await kind('192.168.77.9')).toBe('range');
  });

  it('limits the number of waiting requests', async () => {
    const { finder, kind } = known({ identityHoldSeconds: 5, limits: { pendingPerSource: 1 } });
    void finder.find('10.0.0.7');
    expect(await kind('10.0.0.7')).toBe('tooMany');
  });
});
