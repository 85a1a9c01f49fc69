import { type ClusterEgressRuleSet, type EgressRuleSet, MANAGER } from '../../api/index.ts';
import { keyOf, type ReconcileResult, type WorkQueue } from '../../kube/index.ts';
import { coalesce, inTurns } from '../../time/index.ts';
import { findCondition, mergeConditions, recordTransitions } from '../conditions.ts';
import { type Controller, subscribeTo } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { sameContent, writeStatus } from '../objects/index.ts';
import type { AgentReports } from '../state/agent-reports.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { planUsage, type UsagePlan } from './plan-usage.ts';

type AnyRuleSet = EgressRuleSet | ClusterEgressRuleSet;

/** Owns `usage` and the condition InUse, and no other part of the status. */
const STATUS_MANAGER = `${MANAGER}-usage`;

/** Writes when a rule set was last used. Key: the EgressRuleSet or ClusterEgressRuleSet. */
export const ruleUseController: Controller<[Deps, LeaderState]> = {
  name: 'ruleUse',
  concurrency: 4,
  stage: 'report',
  create: (deps, { reports }) => ({
    watches: [{ start: (queue) => subscribeTo(reports, passOver(queue, reports, deps)) }],
    reconcile: (key, signal) => reconcileRuleUse(key, reports, deps, signal),
  }),
};

/** With thousands of rule sets a pass can take longer than agents take to report again. */
const passOver = (queue: Pick<WorkQueue, 'add'>, reports: AgentReports, deps: Deps) =>
  coalesce(() => inTurns(enqueueDue(queue, reports, deps)));

/** Enqueues the rule sets whose status has to be written; each step looks at one. */
function* enqueueDue(queue: Pick<WorkQueue, 'add'>, reports: AgentReports, deps: Deps): Generator<void> {
  const { ruleSets, clusterRuleSets } = deps.reflectors;
  for (const set of [...ruleSets.store.list(), ...clusterRuleSets.store.list()]) {
    if (planUsageOf(set, reports, deps) !== undefined) queue.add(keyOf(set));
    yield;
  }
}

async function reconcileRuleUse(
  key: string,
  reports: AgentReports,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { reflectors, client, clock, events } = deps;
  const set = reflectors.ruleSets.store.get(key) ?? reflectors.clusterRuleSets.store.get(key);
  const plan = set && planUsageOf(set, reports, deps);
  if (set === undefined || plan === undefined) return undefined;
  const { generation } = set.metadata;
  const before = set.status?.conditions;
  const updates = plan.condition === undefined ? [] : [plan.condition];
  const conditions = mergeConditions(before, updates, { generation, now: clock.now() });
  const status = { usage: plan.usage, ...(conditions.length > 0 && { conditions }) };
  if (await writeStatus(client, set, status, signal, STATUS_MANAGER)) {
    recordTransitions(events, set, { before, after: conditions.filter(isNews) });
  }
  return undefined;
}

/** Only an unused rule set needs an Event. */
const isNews = ({ status }: { status: string }): boolean => status === 'False';

/** Undefined if the status is current, or the rule set is about to be deleted. */
function planUsageOf(
  set: AnyRuleSet,
  reports: AgentReports,
  { clock, settings, reflectors }: Pick<Deps, 'clock' | 'settings' | 'reflectors'>,
): UsagePlan | undefined {
  const namespace = reflectors.namespaces.store.get(set.metadata.namespace ?? '');
  if (set.metadata.deletionTimestamp !== undefined || namespace?.terminating) return undefined;
  const before = set.status?.usage;
  const plan = planUsage({
    before,
    targets: set.spec?.targets ?? [],
    acceptedAt: findCondition(set.status?.conditions, 'Accepted')?.lastTransitionTime,
    targetGroups: set.spec?.targetGroups ?? [],
    used: reports.useOf(keyOf(set)),
    action: 'action' in set.spec && set.spec.action === 'Deny' ? 'Deny' : 'Allow',
    now: clock.now(),
    unusedAfter: settings.unusedAfterMs,
  });
  const was = findCondition(set.status?.conditions, 'InUse');
  // A set that was not used yet needs no write of its own: since when it is watched is when it was accepted.
  const isKnown = before === undefined ? plan.usage.lastUsed === undefined : sameContent(before, plan.usage);
  return isKnown && was?.status === plan.condition?.status ? undefined : plan;
}
