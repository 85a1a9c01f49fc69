import { annotation, type EgressRequest, type EgressRuleSet } from '../../api/index.ts';
import {
  ApiError,
  type Change,
  type KubeObject,
  keyOf,
  type ReconcileResult,
  resources,
} from '../../kube/index.ts';
import { requestedRuleSetName } from '../../rules/index.ts';
import { mergeConditions, recordTransitions } from '../conditions.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueObject } from '../enqueue.ts';
import { writeStatus } from '../objects/index.ts';
import { LONGEST_WAIT } from '../requeue-at-expiry.ts';
import { type Grant, needsRuleSet, planRequest, type RequestPlan } from './plan-request.ts';
import { renderRuleSet } from './render-rule-set.ts';

/** Makes the rule set of an approved request, tells what has come of each request, and deletes old ones. Key: the EgressRequest. */
export const requestsController: Controller<[Deps]> = {
  name: 'requests',
  concurrency: 4,
  create(deps) {
    const { requests, ruleSets } = deps.reflectors;
    return {
      watches: [watch(requests, enqueueObject), watch(ruleSets, enqueueRequestOf)],
      reconcile: (key, signal) => reconcileRequest(key, deps, signal),
    };
  },
};

const PREFIX = requestedRuleSetName('');

/** The request after which a deleted rule set was named, if there was one. */
function enqueueRequestOf({ type, object: { metadata } }: Change<EgressRuleSet>): string[] {
  const { name, namespace } = metadata;
  if (type !== 'deleted' || !name.startsWith(PREFIX)) return [];
  return [`${namespace}/${name.slice(PREFIX.length)}`];
}

async function reconcileRequest(key: string, deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const { reflectors, clock, settings } = deps;
  const request = reflectors.requests.store.get(key);
  if (request === undefined || request.metadata.deletionTimestamp !== undefined) return undefined;
  // In a terminating namespace nothing can be created, and a status is of no use.
  if (reflectors.namespaces.store.get(request.metadata.namespace ?? '')?.terminating) return undefined;
  const now = clock.now();
  const grant = needsRuleSet(request, now) ? await grantOf(request, deps, signal) : undefined;
  const removeAfter = settings.removeExpiredAfterMs;
  const plan = planRequest({ request, grant, now, removeAfter });
  if (plan.remove) return remove(request, deps, signal);
  await writeRequestStatus(request, plan, deps, signal);
  return plan.nextMs === undefined ? undefined : { requeueAfterMs: Math.min(plan.nextMs, LONGEST_WAIT) };
}

/** The rule set of an approved request, which is made if it never was. It is read from the API server, since the cache may be late. */
async function grantOf(request: EgressRequest, deps: Deps, signal: AbortSignal): Promise<Grant> {
  const { name, namespace } = request.metadata;
  const ruleSet = requestedRuleSetName(name);
  const found: (EgressRuleSet & KubeObject) | undefined = await deps.client.find(
    resources.egressRuleSets,
    { namespace, name: ruleSet },
    { signal },
  );
  if (found !== undefined && isOf(request, found)) return granted(found);
  if (request.status?.ruleSet !== undefined) return { kind: 'deleted' };
  if (found === undefined) return makeRuleSet(request, deps, signal);
  if (isOurs(found))
    throw new Error(`the rule set ${ruleSet} of an earlier request with this name is still being deleted`);
  const message = `there is another EgressRuleSet ${ruleSet}: make a request with another name`;
  return { kind: 'failed', reason: 'Conflict', message };
}

/** Whether the controller has made it: the guard `granted-rule-sets` keeps others from writing the annotation. */
const isOurs = ({ metadata }: KubeObject): boolean =>
  metadata.annotations?.[annotation.request] !== undefined;

/** Whether it is the rule set of this request, and not of an earlier one with the name. */
const isOf = ({ metadata: { uid } }: EgressRequest, ruleSet: KubeObject): boolean =>
  isOurs(ruleSet) && ruleSet.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;

const granted = ({ metadata, spec }: EgressRuleSet): Grant => ({
  kind: 'granted',
  ruleSet: metadata.name,
  expiresAt: spec.expiresAt ?? '',
});

async function makeRuleSet(
  request: EgressRequest,
  { client, clock, log }: Deps,
  signal: AbortSignal,
): Promise<Grant> {
  const ruleSet = renderRuleSet(request, clock.now());
  try {
    const made = await client.create(resources.egressRuleSets, ruleSet, { signal });
    log.info(
      { request: keyOf(request), ruleSet: keyOf(made), approvedBy: request.spec.approval?.by },
      'the rule set of an approved request was made',
    );
    return granted(made);
  } catch (error) {
    // The webhook has refused it, and would again.
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    return { kind: 'failed', reason: 'Invalid', message: error.message };
  }
}

async function writeRequestStatus(
  request: EgressRequest,
  { status, conditions: updates }: RequestPlan,
  { client, clock, events }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const before = request.status?.conditions;
  const { generation } = request.metadata;
  const conditions = mergeConditions(before, updates, { generation, now: clock.now() });
  const written = await writeStatus(client, request, { ...status, conditions }, signal);
  if (written !== undefined) recordTransitions(events, request, { before, after: conditions });
}

/** Deletes the request as it was seen: not one that was answered since. */
async function remove(
  request: EgressRequest,
  { client, log }: Deps,
  signal: AbortSignal,
): Promise<undefined> {
  const { name, namespace, uid, resourceVersion } = request.metadata;
  const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  await client.delete(resources.egressRequests, { name, namespace }, { preconditions, signal });
  log.info({ request: keyOf(request), state: request.status?.state }, 'an old request was deleted');
}
