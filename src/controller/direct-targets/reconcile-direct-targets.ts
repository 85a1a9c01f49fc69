import { type EgressRuleSet, label, MANAGER } from '../../api/index.ts';
import {
  bothSelectors,
  directTargetsPolicyName,
  type NetworkPolicy,
  renderDirectTargetsPolicy,
} from '../../enforcement/index.ts';
import { proxyReference, type ServedNamespace } from '../../injection/index.ts';
import { type KubeObject, keyOf, type Reconciled, splitKey } from '../../kube/index.ts';
import { findCondition, mergeConditions, type Stated } from '../conditions.ts';
import type { Context } from '../context.ts';
import type { KeptNamespace } from '../follow/index.ts';
import {
  type AppliedObjects,
  applyObjects,
  describeFailures,
  idOf,
  isForbidden,
  type ObjectAction,
  planObjects,
  throwFailures,
  writeStatus,
} from '../objects/index.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { KnownName } from './follow-name.ts';
import { followNames } from './follow-names.ts';
import { type DirectTargetsPlan, planDirectTargets } from './plan-direct-targets.ts';
import { planDirectStatus, planStatusAhead } from './plan-status.ts';

/** Owns `status.directTargets` and the condition of that name; the rest of the status is another's. */
const STATUS_MANAGER = `${MANAGER}-direct-targets`;
/** Milliseconds: what somebody else made is not watched for its hand-over. */
const RETRY_CONFLICT = 10_000;

const nothing: DirectTargetsPlan = { destinations: [], leftOut: [] };

/** Keeps the policy that opens a rule set's direct targets, and says what it opens. */
export async function reconcileDirectTargets(
  key: string,
  context: Context,
  signal: AbortSignal,
): Promise<Reconciled> {
  const { followers, view, directNames } = context;
  const { namespace: namespaceName = '', name } = splitKey(key);
  const namespace = followers.namespaces.store.get(namespaceName);
  if (namespace === undefined || namespace.terminating) {
    directNames.delete(key);
    return undefined;
  }
  const set = setWithDirectTargets(key, context);
  if (set === undefined) {
    directNames.delete(key);
    const actions = planPolicy({ namespace: namespaceName, name }, undefined, context);
    const { failures } = await applyObjects(context.client, actions, signal);
    await clearStatus(key, context, signal);
    throwFailures(failures);
    return undefined;
  }
  return openTargets(set, namespace, view.served(namespace), context, signal);
}

function setWithDirectTargets(key: string, { followers }: Context): EgressRuleSet | undefined {
  const set = followers.ruleSets.store.get(key);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
  return (set.spec?.directTargets ?? []).length > 0 ? set : undefined;
}

async function openTargets(
  set: EgressRuleSet,
  namespace: KeptNamespace,
  served: ServedNamespace,
  context: Context,
  signal: AbortSignal,
): Promise<Reconciled> {
  const closed = nothingToOpen(served);
  const names =
    closed === undefined
      ? await unlessAborted(followNames(set, context), signal)
      : new Map<string, KnownName>();
  const plan = closed === undefined ? planOf(set, namespace, served, names, context) : nothing;
  const policy = policyOf(set, served, plan);
  const address = { namespace: namespace.metadata.name, name: set.metadata.name };
  const actions = planPolicy(address, policy, context);
  const opens = actions.some(({ type }) => type === 'apply');
  const now = opens ? await tellAhead(set, plan, context, signal) : set;
  const applied = await applyObjects(context.client, actions, signal);
  await tell(now, { plan, names, obstacle: closed ?? obstacleOf(applied) }, context, signal);
  throwFailures(applied.failures);
  if (applied.conflicts.length > 0) return { requeueAfterMs: RETRY_CONFLICT };
  const askAt = Math.min(...[...names.values()].map((known) => known.askAt));
  return names.size > 0 ? { requeueAfterMs: Math.max(1, askAt - context.clock.monotonic()) } : undefined;
}

type Obstacle = Pick<Stated, 'reason' | 'message'>;

/** Where nothing is closed there is nothing to open, and where nobody says how far, nothing may be. */
function nothingToOpen(served: ServedNamespace): Obstacle | undefined {
  if (served.mode === 'observe') {
    return { reason: 'ObserveMode', message: 'in observe mode nothing is closed' };
  }
  if (served.kind === 'served' && served.mode === 'enforce') return undefined;
  return { reason: 'NotServed', message: 'no EgressProxy serves the namespace' };
}

function planOf(
  set: EgressRuleSet,
  namespace: KeptNamespace,
  served: ServedNamespace,
  names: ReadonlyMap<string, KnownName>,
  { followers, view }: Context,
): DirectTargetsPlan {
  if (served.kind !== 'served') return nothing;
  const { podCIDRs = [], serviceCIDRs = [], nodeCIDRs = [], apiServer = [] } = view.discovered;
  const { apiServerClusterIPs = [] } = view.discovered;
  const own = [...apiServer.map(({ address }) => address), ...apiServerClusterIPs];
  return planDirectTargets({
    set,
    proxy: served.proxy.spec,
    clusterRuleSets: followers.clusterRuleSets.store.list(),
    namespaceLabels: namespace.metadata.labels,
    clusterCIDRs: [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs, ...own],
    addresses: new Map(
      [...names].map(([host, known]) => [host, known.addresses.map((each) => each.address)]),
    ),
  });
}

/** Of the set's pods those that the namespace encloses: a pod that a policy selects is closed by it, too. */
function policyOf(
  { metadata, spec }: EgressRuleSet,
  served: ServedNamespace,
  { destinations }: DirectTargetsPlan,
): NetworkPolicy | undefined {
  if (served.kind !== 'served') return undefined;
  return renderDirectTargetsPolicy({
    namespace: metadata.namespace ?? '',
    ruleSet: metadata.name,
    proxy: proxyReference(served.proxy),
    podSelector: bothSelectors(served.selector, spec.podSelector),
    destinations,
  });
}

function planPolicy(
  ruleSet: { namespace: string; name: string },
  desired: NetworkPolicy | undefined,
  { followers }: Context,
): ObjectAction[] {
  const metadata = { namespace: ruleSet.namespace, name: directTargetsPolicyName(ruleSet.name) };
  const there: KubeObject | undefined = followers.networkPolicies.store.get(keyOf({ metadata }));
  const observed = there === undefined ? [] : [there];
  return planObjects({
    desired: desired === undefined ? [] : [desired],
    observed: new Map(observed.map((policy) => [idOf(policy), policy])),
    owned: observed.filter((policy) => policy.metadata.labels?.[label.managedBy] === MANAGER),
  });
}

function obstacleOf({ conflicts, failures }: AppliedObjects): Obstacle | undefined {
  const [conflict] = conflicts;
  if (conflict !== undefined) {
    const message = `somebody else made the NetworkPolicy ${conflict.metadata.name}: delete or rename it`;
    return { reason: 'Conflict', message };
  }
  const message = describeFailures(failures);
  if (message === undefined) return undefined;
  return {
    reason: failures.some(({ error }) => isForbidden(error)) ? 'PermissionDenied' : 'Pending',
    message,
  };
}

/** Before the policy. Gives back the set as it is then. */
async function tellAhead(
  set: EgressRuleSet,
  plan: DirectTargetsPlan,
  { client, clock }: Context,
  signal: AbortSignal,
): Promise<EgressRuleSet> {
  const ahead = planStatusAhead(set, plan);
  if (ahead === undefined) return set;
  const { generation } = set.metadata;
  const conditions = mergeConditions(set.status?.conditions, [ahead.condition], {
    generation,
    now: clock.now(),
  });
  const status = { conditions, directTargets: ahead.status };
  return (await writeStatus(client, set, status, signal, STATUS_MANAGER)) ?? set;
}

interface Findings {
  plan: DirectTargetsPlan;
  names: ReadonlyMap<string, KnownName>;
  obstacle: Obstacle | undefined;
}

async function tell(
  set: EgressRuleSet,
  { plan, names, obstacle }: Findings,
  { client, clock, events }: Context,
  signal: AbortSignal,
): Promise<void> {
  const known = [...names];
  const { condition, status } = planDirectStatus({
    plan,
    obstacle,
    errors: known.flatMap(([host, { error }]) => (error === undefined ? [] : [`${host}: ${error}`])),
    unresolved: known.filter(([, { addresses }]) => addresses.length === 0).map(([host]) => host),
  });
  const { generation } = set.metadata;
  const conditions = mergeConditions(set.status?.conditions, [condition], { generation, now: clock.now() });
  const written = await writeStatus(
    client,
    set,
    { conditions, ...(status && { directTargets: status }) },
    signal,
    STATUS_MANAGER,
  );
  if (!written) return;
  for (const { reason, message } of plan.leftOut) {
    events.record(set, 'Warning', reason, `this direct target stays closed: ${message}`);
  }
}

/** A set that has no direct targets any more says nothing of them. */
async function clearStatus(key: string, { client, followers }: Context, signal: AbortSignal): Promise<void> {
  const set = followers.ruleSets.store.get(key);
  const said = findCondition(set?.status?.conditions, 'DirectTargets');
  if (set === undefined || (said === undefined && set.status?.directTargets === undefined)) return;
  await writeStatus(client, set, {}, signal, STATUS_MANAGER);
}
