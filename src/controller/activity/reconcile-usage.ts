import { type ClusterEgressRuleSet, type EgressRuleSet, MANAGER } from '../../api/index.ts';
import { keyOf } from '../../kube/index.ts';
import { mergeConditions } from '../conditions.ts';
import type { Context } from '../context.ts';
import { sameContent, writeStatus } from '../objects/index.ts';
import { recordTransitions } from '../record-transitions.ts';
import { planUsage, type UsagePlan } from './plan-usage.ts';

type AnyRuleSet = EgressRuleSet | ClusterEgressRuleSet;

/** Owns `usage` and the condition InUse; the rest of the status is another's. */
const STATUS_MANAGER = `${MANAGER}-usage`;

/** Says when a rule set was last used. */
export async function reconcileUsage(key: string, context: Context, signal: AbortSignal): Promise<void> {
  const { followers, client, clock, events } = context;
  const set = followers.ruleSets.store.get(key) ?? followers.clusterRuleSets.store.get(key);
  const plan = set && planUsageOf(set, context);
  if (set === undefined || plan === undefined) return;
  const { generation } = set.metadata;
  const before = set.status?.conditions;
  const stated = plan.condition === undefined ? [] : [plan.condition];
  const conditions = mergeConditions(before, stated, { generation, now: clock.now() });
  const status = { usage: plan.usage, ...(conditions.length > 0 && { conditions }) };
  if (await writeStatus(client, set, status, signal, STATUS_MANAGER)) {
    recordTransitions(events, set, { before, after: conditions.filter(isNews) });
  }
}

/** That a set is used is what everybody expects. */
const isNews = ({ status }: { status: string }): boolean => status === 'False';

/** Undefined where the status says it already, or nobody reads it any more. */
export function planUsageOf(
  set: AnyRuleSet,
  { clock, settings, ruleUse, followers }: Context,
): UsagePlan | undefined {
  const namespace = followers.namespaces.store.get(set.metadata.namespace ?? '');
  if (set.metadata.deletionTimestamp !== undefined || namespace?.terminating) return undefined;
  const before = set.status?.usage;
  const plan = planUsage({
    before,
    targets: set.spec?.targets ?? [],
    used: ruleUse.get(keyOf(set)) ?? new Map(),
    action: 'action' in set.spec && set.spec.action === 'Deny' ? 'Deny' : 'Allow',
    now: clock.now(),
    unusedAfter: settings.unusedAfterMs,
  });
  const was = set.status?.conditions?.find(({ type }) => type === 'InUse');
  const same = sameContent(before, plan.usage) && was?.status === plan.condition?.status;
  return same ? undefined : plan;
}
