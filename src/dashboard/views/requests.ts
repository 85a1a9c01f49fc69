import type { EgressRequest } from '../../api/index.ts';
import type { RequestView } from '../wire.ts';
import { renderSelector } from './rule-sets.ts';

/** The requests of a namespace: those without an answer first, then the newest. */
export function buildRequestViews(requests: readonly EgressRequest[]): RequestView[] {
  return requests
    .map(viewRequest)
    .sort(
      (a, b) =>
        Number(a.answer !== undefined) - Number(b.answer !== undefined) ||
        (b.createdAt ?? '').localeCompare(a.createdAt ?? ''),
    );
}

function viewRequest({ metadata, spec, status = {} }: EgressRequest): RequestView {
  const { targets, podSelector, duration, reason, requestedBy, approval } = spec;
  const selector = renderSelector(podSelector);
  const { state = 'Pending', expiresAt, conditions = [] } = status;
  const problem = conditions.find(
    (condition) => condition.type === 'Failed' || condition.reason === 'RuleSetDeleted',
  );
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    targets,
    ...(selector !== '' && { selector }),
    duration,
    reason,
    requestedBy,
    state,
    ...(approval && { answer: approval }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(problem && { problem: problem.message }),
    ...(metadata.creationTimestamp !== undefined && { createdAt: metadata.creationTimestamp }),
  };
}
