import { API_VERSION, annotation, type EgressRequest, type EgressRuleSet } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { parseDuration, requestedRuleSetName } from '../../rules/index.ts';
import { rfc3339 } from '../conditions.ts';

/**
 * The rule set of an approved request. Its time counts from now, which is in milliseconds since the epoch. The garbage
 * collector deletes it with the request.
 */
export function renderRuleSet(request: EgressRequest, now: number): EgressRuleSet & KubeObject {
  const { apiVersion, kind, metadata, spec } = request;
  const { name, namespace = '', uid = '' } = metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: {
      namespace,
      name: requestedRuleSetName(name),
      annotations: {
        [annotation.request]: name,
        [annotation.requestedBy]: spec.requestedBy,
        [annotation.approvedBy]: spec.approval?.by ?? '',
      },
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
    spec: {
      targets: spec.targets,
      ...(spec.podSelector && { podSelector: spec.podSelector }),
      expiresAt: rfc3339(now + (parseDuration(spec.duration) ?? 0)),
      reason: spec.reason,
    },
  };
}
