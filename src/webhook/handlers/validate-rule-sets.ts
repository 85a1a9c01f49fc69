import type { CachedNamespace } from '../../cluster/index.ts';
import {
  type Fault,
  quotaFaults,
  quotaOf,
  type RuleSetContext,
  validateClusterEgressRuleSet,
  validateEgressRuleSet,
} from '../../rules/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import { type AdmissionRequest, allowed, type Verdict } from '../http/index.ts';
import { clusterNames, contextOf, validateTargets } from './rule-set-context.ts';
import { expectKind, isSpecUnchanged, isTerminating, verdictOf } from './validation.ts';

/** POST /validate-egressrulesets */
export function validateRuleSet(request: AdmissionRequest, cluster: ClusterView): Verdict | Promise<Verdict> {
  expectKind(request, 'EgressRuleSet');
  if (isExempt(request, cluster)) return allowed;
  const name = request.namespace ?? '';
  const validate = (namespace: CachedNamespace | undefined) => {
    const context = { ...contextOf(namespace, cluster), ...timeOf(request, cluster) };
    const { faults, warnings } = validateEgressRuleSet(request.object, context);
    return verdictOf({ faults: [...faults, ...overQuota(request, namespace, cluster)], warnings });
  };
  return validateTargets(specOf(request.object), { name, cluster }, validate);
}

/** POST /validate-clusteregressrulesets */
export function validateClusterRuleSet(request: AdmissionRequest, cluster: ClusterView): Verdict {
  expectKind(request, 'ClusterEgressRuleSet');
  if (isExempt(request, cluster)) return allowed;
  const { proxies } = cluster;
  const context = {
    proxies: proxies.map(({ spec }) => spec),
    cluster: clusterNames(proxies[0], cluster),
    hasTargetGroup: (name: string) => cluster.hasTargetGroup(name),
    ...timeOf(request, cluster),
  };
  return verdictOf(validateClusterEgressRuleSet(request.object, context));
}

/** A rule set may not be created with its end in the past. A change may end it immediately. */
function timeOf(
  { operation }: AdmissionRequest,
  { now }: ClusterView,
): Pick<RuleSetContext, 'now' | 'isNew'> {
  return { now, isNew: operation === 'CREATE' };
}

function isExempt(request: AdmissionRequest, cluster: ClusterView): boolean {
  return request.operation === 'DELETE' || isTerminating(request, cluster) || isSpecUnchanged(request);
}

/**
 * Admission refuses what agents would not use. Sets that are created at the same time can pass together, since the cache
 * does not have them yet: the agents leave out the newest.
 */
function overQuota(
  { name, object, oldObject }: AdmissionRequest,
  namespace: CachedNamespace | undefined,
  cluster: ClusterView,
): Fault[] {
  const proxy = namespace && cluster.proxyOf(namespace);
  if (namespace === undefined || proxy === undefined) return [];
  return quotaFaults({
    spec: specOf(object),
    before: specOf(oldObject),
    others: cluster.otherRuleSets(namespace.metadata.name, name),
    quota: quotaOf(proxy.spec),
  });
}

const specOf = (object: unknown): unknown => (object as { spec?: unknown } | undefined)?.spec;
