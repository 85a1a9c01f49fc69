import { validateEgressRequest } from '../../rules/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import { type AdmissionRequest, allowed, type Verdict } from '../http/index.ts';
import { contextOf, validateTargets } from './rule-set-context.ts';
import { expectKind, isTerminating, verdictOf } from './validation.ts';

/** POST /validate-egressrequests: new requests, since what they ask for never changes. */
export function validateRequest(request: AdmissionRequest, cluster: ClusterView): Verdict | Promise<Verdict> {
  expectKind(request, 'EgressRequest');
  if (request.operation !== 'CREATE' || isTerminating(request, cluster)) return allowed;
  const { spec } = (request.object ?? {}) as { spec?: unknown };
  return validateTargets(spec, { name: request.namespace ?? '', cluster }, (namespace) =>
    verdictOf(validateEgressRequest(request.object, contextOf(namespace, cluster))),
  );
}
