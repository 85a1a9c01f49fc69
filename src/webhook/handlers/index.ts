/** What the webhook decides: one handler for each path. */
import type { ClusterView } from '../cluster/index.ts';
import type { Handler } from '../http/index.ts';
import { mutatePod } from './mutate-pod.ts';
import { validateProxy } from './validate-proxy.ts';
import { validateRequest } from './validate-request.ts';
import { validateClusterRuleSet, validateRuleSet } from './validate-rule-sets.ts';
import { validateTargetGroup } from './validate-target-group.ts';

/** Every path that the webhook serves. */
export function createHandlers(cluster: ClusterView): Record<string, Handler> {
  return {
    '/mutate-pods': (request) => mutatePod(request, cluster),
    '/validate-egressrulesets': (request) => validateRuleSet(request, cluster),
    '/validate-clusteregressrulesets': (request) => validateClusterRuleSet(request, cluster),
    '/validate-egressrequests': (request) => validateRequest(request, cluster),
    '/validate-egresstargetgroups': (request) => validateTargetGroup(request, cluster),
    '/validate-egressproxies': (request) => validateProxy(request, cluster),
  };
}
