import type { CachedNamespace } from '../cluster/index.ts';
import { type RuleSetContext, validateClusterEgressRuleSet, validateEgressRuleSet } from '../rules/index.ts';
import type { AdmissionRequest } from './admission-review.ts';
import type { ClusterView } from './cluster-view.ts';
import { expectKind } from './expected-kind.ts';
import { verdictOf } from './refusal.ts';
import { isOnTheWayOut, isSpecUnchanged } from './validation-passes.ts';
import { allowed, type Verdict } from './verdict.ts';

/** POST /validate-egressrulesets */
export function judgeRuleSet(request: AdmissionRequest, cluster: ClusterView): Verdict | Promise<Verdict> {
  expectKind(request, 'EgressRuleSet');
  if (passes(request, cluster)) return allowed;
  const name = request.namespace ?? '';
  const judge = (namespace: CachedNamespace | undefined) =>
    verdictOf(validateEgressRuleSet(request.object, contextOf(namespace, cluster)));
  const known = cluster.namespace(name);
  return known === undefined ? cluster.awaitNamespace(name).then(judge) : judge(known);
}

/** POST /validate-clusteregressrulesets */
export function judgeClusterRuleSet(request: AdmissionRequest, cluster: ClusterView): Verdict {
  expectKind(request, 'ClusterEgressRuleSet');
  return passes(request, cluster) ? allowed : verdictOf(validateClusterEgressRuleSet(request.object));
}

function passes(request: AdmissionRequest, cluster: ClusterView): boolean {
  return request.operation === 'DELETE' || isOnTheWayOut(request, cluster) || isSpecUnchanged(request);
}

/** A set in a namespace that has not opted in yet is held to the proxy that would serve it. */
function contextOf(namespace: CachedNamespace | undefined, cluster: ClusterView): RuleSetContext {
  const { clusterRuleSets } = cluster;
  if (namespace === undefined) return { clusterRuleSets };
  const proxy = cluster.proxyOf(namespace);
  const namespaceLabels = namespace.metadata.labels;
  return { clusterRuleSets, namespaceLabels, proxies: proxy === undefined ? [] : [proxy.spec] };
}
