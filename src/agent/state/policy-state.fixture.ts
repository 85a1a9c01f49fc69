import type { ClusterEgressRuleSet, EgressProxy, EgressRuleSet, EgressTargetGroup } from '../../api/index.ts';
import { FakeReflector } from '../../cluster/fake-reflector.ts';
import type { CachedNamespace } from '../../cluster/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import type { ClientPod } from './client-pod.ts';
import { PolicyState } from './policy-state.ts';

const API = 'zalando.org/v1';

/** A policy state that follows fake reflectors; `events` lists what it has called. */
export function policyStage(clock = new FakeClock()) {
  const sources = {
    pods: new FakeReflector<ClientPod>(),
    namespaces: new FakeReflector<CachedNamespace>(),
    egressRuleSets: new FakeReflector<EgressRuleSet>(),
    clusterEgressRuleSets: new FakeReflector<ClusterEgressRuleSet>(),
    egressTargetGroups: new FakeReflector<EgressTargetGroup>(),
    egressProxies: new FakeReflector<EgressProxy>(),
  };
  const events: string[] = [];
  const policy = new PolicyState({
    proxy: { namespace: 'egress-proxy', name: 'squid' },
    productNamespace: 'kube-egress-system',
    invalidate: () => events.push('invalidate'),
    clock,
    log: silentLog,
  });
  policy.subscribe({ onChange: () => events.push('change') });
  return { sources, policy, events, clock };
}

export const proxyWith = (changes: Partial<EgressProxy['spec']> = {}): EgressProxy => ({
  apiVersion: API,
  kind: 'EgressProxy',
  metadata: {
    namespace: 'egress-proxy',
    name: 'squid',
    uid: 'proxy',
    generation: 4,
    annotations: { 'egress.zalando.org/is-default-proxy': 'true' },
  },
  spec: { identityHoldSeconds: 0, ...changes },
  status: { discovered: { podCIDRs: ['10.0.0.0/16'] } },
});
export const ruleSetOf = (name: string, generation = 1): EgressRuleSet => ({
  apiVersion: API,
  kind: 'EgressRuleSet',
  metadata: { namespace: 'my-app', name, uid: name, generation },
  spec: { targets: ['h.example:443'] },
});
export const targetGroupOf = (name: string, generation = 1): EgressTargetGroup => ({
  apiVersion: API,
  kind: 'EgressTargetGroup',
  metadata: { name, uid: name, generation },
  spec: { targets: [`h${generation}.example:443`] },
});
export const namespaceOf = (
  name: string,
  mode = 'enforce',
  more: Record<string, string> = {},
): CachedNamespace => ({
  metadata: {
    name,
    resourceVersion: '1',
    labels: { 'egress.zalando.org/mode': mode, ...more },
    annotations: {},
  },
  terminating: false,
});
export const podAt = (address: string, name = 'api', labels: Record<string, string> = {}): ClientPod => ({
  metadata: { namespace: 'my-app', name, uid: name, labels },
  owner: undefined,
  addresses: [address],
  startedAt: '',
});
