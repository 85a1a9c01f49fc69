import type { ClusterView } from './cluster-view.ts';
import { judgeProxy } from './judge-proxies.ts';
import { judgeClusterRuleSet, judgeRuleSet } from './judge-rule-sets.ts';
import { mutatePod } from './mutate-pods.ts';
import type { Judge } from './server.ts';

/** Every path that the webhook serves. */
export function judges(cluster: ClusterView): Record<string, Judge> {
  return {
    '/mutate-pods': (request) => mutatePod(request, cluster),
    '/validate-egressrulesets': (request) => judgeRuleSet(request, cluster),
    '/validate-clusteregressrulesets': (request) => judgeClusterRuleSet(request, cluster),
    '/validate-egressproxies': (request) => judgeProxy(request, cluster),
  };
}
