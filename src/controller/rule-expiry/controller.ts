import { type ClusterEgressRuleSet, type EgressRuleSet, MANAGER } from '../../api/index.ts';
import { type Change, keyOf, type ReconcileResult, resourceOf } from '../../kube/index.ts';
import { expiryOf } from '../../rules/index.ts';
import { findCondition, mergeConditions, recordTransitions } from '../conditions.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { writeStatus } from '../objects/index.ts';
import { LONGEST_WAIT } from '../requeue-at-expiry.ts';
import { type ExpiryPlan, planExpiry } from './plan-expiry.ts';

type AnyRuleSet = EgressRuleSet | ClusterEgressRuleSet;

/** Owns the condition Expired, and no other part of the status. */
const STATUS_MANAGER = `${MANAGER}-expiry`;

/** Tells when a rule set expires, and deletes it a while after. Key: the EgressRuleSet or ClusterEgressRuleSet. */
export const ruleExpiryController: Controller<[Deps]> = {
  name: 'ruleExpiry',
  concurrency: 4,
  create(deps) {
    const { ruleSets, clusterRuleSets } = deps.reflectors;
    /** Keys of the sets that have a metric. */
    const measured = new Set<string>();
    return {
      watches: [watch(ruleSets, enqueueExpiring), watch(clusterRuleSets, enqueueExpiring)],
      reconcile: (key, signal) => reconcileExpiry(key, measured, deps, signal),
      end() {
        for (const key of measured) deps.metrics.forgetExpiry(key);
      },
    };
  },
};

/** Most rule sets never expire. */
function enqueueExpiring(change: Change<EgressRuleSet> | Change<ClusterEgressRuleSet>): string[] {
  const concerns = expires(change.object) || (change.type === 'modified' && expires(change.old));
  return concerns ? [keyOf(change.object)] : [];
}

const expires = ({ spec, status }: AnyRuleSet): boolean =>
  spec.expiresAt !== undefined || findCondition(status?.conditions, 'Expired') !== undefined;

async function reconcileExpiry(
  key: string,
  measured: Set<string>,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { reflectors, clock, settings, metrics } = deps;
  const set = reflectors.ruleSets.store.get(key) ?? reflectors.clusterRuleSets.store.get(key);
  const expiresAt = set === undefined ? Number.POSITIVE_INFINITY : expiryOf(set.spec);
  if (expiresAt === Number.POSITIVE_INFINITY) {
    measured.delete(key);
    metrics.forgetExpiry(key);
  } else {
    measured.add(key);
    metrics.expiry(key, expiresAt);
  }
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
  const plan = planExpiry({
    expiresAt,
    now: clock.now(),
    before: findCondition(set.status?.conditions, 'Expired'),
    removeAfter: settings.removeExpiredAfterMs,
  });
  if (plan.remove) return remove(set, deps, signal);
  if (!isNamespaceTerminating(set, deps)) await writeExpired(set, plan, deps, signal);
  return plan.nextMs === undefined ? undefined : { requeueAfterMs: Math.min(plan.nextMs, LONGEST_WAIT) };
}

/** In a terminating namespace a status is of no use. */
function isNamespaceTerminating({ metadata }: AnyRuleSet, { reflectors }: Pick<Deps, 'reflectors'>): boolean {
  return reflectors.namespaces.store.get(metadata.namespace ?? '')?.terminating === true;
}

async function writeExpired(
  set: AnyRuleSet,
  { condition, isNews }: ExpiryPlan,
  { client, clock, events }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const before = set.status?.conditions;
  const updates = condition === undefined ? [] : [condition];
  const { generation } = set.metadata;
  const conditions = mergeConditions(before, updates, { generation, now: clock.now() });
  const written = await writeStatus(client, set, { conditions }, signal, STATUS_MANAGER);
  if (written !== undefined && isNews) recordTransitions(events, set, { before, after: conditions });
}

/** Deletes the set as it was seen: not one that was changed since, such as to a later end. */
async function remove(set: AnyRuleSet, { client, log }: Deps, signal: AbortSignal): Promise<undefined> {
  const { name, namespace, uid, resourceVersion } = set.metadata;
  const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  await client.delete(resourceOf(set), { name, namespace }, { preconditions, signal });
  log.info({ ruleSet: keyOf(set), expiresAt: set.spec.expiresAt }, 'an expired rule set was deleted');
}
