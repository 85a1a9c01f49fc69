import {
  API_VERSION,
  annotation,
  type ClusterEgressRuleSet,
  type EgressProxy,
  label,
} from '../../api/index.ts';
import { FakeReflector } from '../../cluster/fake-reflector.ts';
import {
  BY_NAMESPACE,
  byNamespace,
  type CachedNamespace,
  type CachedTargetGroup,
  cacheTargetGroup,
} from '../../cluster/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import type { AdmissionRequest } from '../http/index.ts';
import { type CachedRuleSet, trimRuleSet } from './cached-rule-set.ts';
import type { CachedService } from './cached-service.ts';
import { ClusterView } from './cluster-view.ts';

/** Milliseconds. */
export const NAMESPACE_WAIT = 50;

/** A namespace `my-app` in mode enforce, served by the default proxy `egress-proxy/squid`. */
export function clusterFixture(clock: Clock = systemClock) {
  const sources = {
    namespaces: new FakeReflector<CachedNamespace>([namespace('my-app', { [label.mode]: 'enforce' })]),
    proxies: new FakeReflector<EgressProxy>([egressProxy('squid', { isDefault: true })]),
    services: new FakeReflector<CachedService>([service('egress-proxy', 'squid', '10.96.7.7')], {
      [BY_NAMESPACE]: byNamespace,
    }),
    ruleSets: new FakeReflector<CachedRuleSet>([], { [BY_NAMESPACE]: byNamespace }),
    clusterRuleSets: new FakeReflector<ClusterEgressRuleSet>(),
    targetGroups: new FakeReflector<CachedTargetGroup>(),
  };
  const cluster = new ClusterView(sources, {
    productNamespace: 'kube-egress-system',
    namespaceWaitMs: NAMESPACE_WAIT,
    clock,
  });
  return { ...sources, cluster };
}

export function namespace(
  name: string,
  labels: Record<string, string> = {},
  terminating = false,
): CachedNamespace {
  return { metadata: { name, resourceVersion: '1', labels, annotations: {} }, terminating };
}

export function service(namespace: string, name: string, clusterIP?: string): CachedService {
  return { metadata: { name, namespace, resourceVersion: '1' }, clusterIP, isHeadless: false };
}

export function headlessService(namespace: string, name: string): CachedService {
  return { ...service(namespace, name), isHeadless: true };
}

export function ruleSet(namespace: string, ...targets: string[]): CachedRuleSet {
  const metadata = { name: 'rules', namespace, resourceVersion: '1' };
  return trimRuleSet({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets } });
}

export function targetGroup(name: string, ...targets: string[]): CachedTargetGroup {
  const metadata = { name, resourceVersion: '1' };
  return cacheTargetGroup({
    apiVersion: API_VERSION,
    kind: 'EgressTargetGroup',
    metadata,
    spec: { targets },
  });
}

export function egressProxy(
  name: string,
  { isDefault = false, spec = {} }: { isDefault?: boolean; spec?: EgressProxy['spec'] } = {},
): EgressProxy {
  return {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: {
      name,
      namespace: 'egress-proxy',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: isDefault ? { [annotation.defaultProxy]: 'true' } : {},
    },
    spec,
  };
}

export function admissionRequest(over: Partial<AdmissionRequest>): AdmissionRequest {
  return {
    uid: 'u-1',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    subResource: undefined,
    name: undefined,
    namespace: 'my-app',
    operation: 'CREATE',
    object: undefined,
    oldObject: undefined,
    ...over,
  };
}
