import { validateEgressTargetGroup } from '../../rules/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import { type AdmissionRequest, allowed, type Verdict } from '../http/index.ts';
import { clusterNames } from './rule-set-context.ts';
import { expectKind, isSpecUnchanged, isTerminating, verdictOf } from './validation.ts';

/** POST /validate-egresstargetgroups */
export function validateTargetGroup(request: AdmissionRequest, cluster: ClusterView): Verdict {
  expectKind(request, 'EgressTargetGroup');
  if (request.operation === 'DELETE') return warnOfDeletion(request.name ?? '', cluster);
  if (isTerminating(request, cluster) || isSpecUnchanged(request)) return allowed;
  const { proxies } = cluster;
  const context = {
    proxies: proxies.map(({ spec }) => spec),
    cluster: clusterNames(proxies[0], cluster),
  };
  return verdictOf(validateEgressTargetGroup(request.object, context));
}

/** Rule sets that a warning names: the API server cuts it at 256 characters. */
const NAMED = 3;

/** A group may be replaced by one that is created afterwards, so that its deletion is not refused. */
function warnOfDeletion(name: string, cluster: ClusterView): Verdict {
  const users = cluster.ruleSetsReferringTo(name);
  if (users.length === 0) return allowed;
  const more = users.length > NAMED ? ` and ${users.length - NAMED} more` : '';
  const warning = `rule sets that refer to EgressTargetGroup ${name} lose its targets: ${users.slice(0, NAMED).join(', ')}${more}`;
  return { kind: 'allowed', warnings: [warning] };
}
