import { keyOf, type Reconciled } from '../kube/index.ts';
import { agentPorts } from '../proxy/index.ts';
import { pollAgents, ReportBoard, reconcileActivity, reconcileUsage } from './activity/index.ts';
import { reconcileAdmission } from './admission/index.ts';
import { reconcileDiscovery } from './affected.ts';
import { readAuthority, reconcileCertificates } from './certificates/index.ts';
import { reconcileCniProbe } from './cni-probe/index.ts';
import type { Context } from './context.ts';
import { reconcileDirectTargets } from './direct-targets/index.ts';
import { reconcileProxy } from './egress-proxy/index.ts';
import type { Followers } from './follow/index.ts';
import { AgentBoard, AgentClient } from './generations/index.ts';
import { names } from './names.ts';
import { Reported, reconcileNamespace } from './namespace/index.ts';
import { type QueueName, wake } from './queues.ts';
import { waitForCaches } from './report-blocked.ts';
import { reconcileRuleSet } from './rule-set/index.ts';
import { reconcileUpstreams } from './upstreams/index.ts';
import { watchChanges } from './watch-changes.ts';

type Reconcile = (key: string, context: Context, signal: AbortSignal) => Promise<Reconciled>;

/** For a reconciler that is brought back by events alone. */
const byEvents =
  (reconcile: (key: string, context: Context, signal: AbortSignal) => Promise<void>): Reconcile =>
  async (key, context, signal) => {
    await reconcile(key, context, signal);
    return undefined;
  };

/** One entry a queue: who works on it, and on how many keys at once. */
const reconcilers: Record<QueueName, { reconcile: Reconcile; concurrency: number }> = {
  discovery: { reconcile: byEvents((_, context) => reconcileDiscovery(context)), concurrency: 1 },
  proxies: { reconcile: reconcileProxy, concurrency: 4 },
  namespaces: { reconcile: byEvents(reconcileNamespace), concurrency: 8 },
  ruleSets: { reconcile: byEvents(reconcileRuleSet), concurrency: 8 },
  directTargets: { reconcile: reconcileDirectTargets, concurrency: 8 },
  cniProbe: { reconcile: reconcileCniProbe, concurrency: 2 },
  upstreams: { reconcile: reconcileUpstreams, concurrency: 4 },
  certificates: { reconcile: (_, context, signal) => reconcileCertificates(context, signal), concurrency: 1 },
  admission: {
    reconcile: byEvents((_, context, signal) => reconcileAdmission(context, signal)),
    concurrency: 1,
  },
  agentReports: { reconcile: (_, context, signal) => pollAgents(context, signal), concurrency: 1 },
  activity: { reconcile: reconcileActivity, concurrency: 8 },
  ruleUse: { reconcile: byEvents(reconcileUsage), concurrency: 4 },
};

/** A context that lacks what lives only as long as this replica leads. */
export type StandingContext = Omit<
  Context,
  | 'board'
  | 'reports'
  | 'ruleUse'
  | 'agents'
  | 'reported'
  | 'formerProxies'
  | 'directNames'
  | 'upstreamNames'
  | 'trustBundles'
>;

export interface LeadOptions {
  /** Headers that show an agent who asks. */
  agentHeaders: () => Promise<Record<string, string | string[]>>;
  agentPort?: number | undefined;
}

/** Reconciles until the signal is aborted and what was begun is done. */
export async function lead(
  standing: StandingContext,
  options: LeadOptions,
  signal: AbortSignal,
): Promise<void> {
  const { queues, followers, settings, clock, events } = standing;
  try {
    await waitForCaches(followers, standing, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const agents = new AgentClient({
    port: options.agentPort ?? agentPorts.api,
    bundle: () => bundleOf(followers, settings.productNamespace),
    headers: options.agentHeaders,
  });
  const board = new AgentBoard({
    ask: (replica) => agents.generations(replica),
    onNews: (waiters) => {
      for (const waiter of waiters) wake(queues, waiter);
    },
    signal,
    clock,
  });
  const context: Context = {
    ...standing,
    board,
    agents,
    reports: new ReportBoard(),
    ruleUse: new Map(),
    reported: new Reported(),
    formerProxies: new Map(),
    directNames: new Map(),
    upstreamNames: new Map(),
    trustBundles: new Map(),
  };
  const unwatch = watchChanges(context);
  await Promise.all(Object.keys(reconcilers).map((name) => work(name as QueueName, context, signal)));
  unwatch();
  // The next leader probes; what this one knew grows old.
  for (const proxy of followers.proxies.store.list()) context.metrics.forgetEnforced(keyOf(proxy));
  await Promise.all([agents.close(), events.flush()]);
}

function work(name: QueueName, context: Context, signal: AbortSignal): Promise<void> {
  const { reconcile, concurrency } = reconcilers[name];
  return context.queues[name].run({
    signal,
    concurrency,
    reconcile: async (key) => {
      try {
        const outcome = await reconcile(key, context, signal);
        context.metrics.reconciled(name, 'done');
        return outcome;
      } catch (error) {
        context.metrics.reconciled(name, 'failed');
        throw error;
      }
    },
  });
}

function bundleOf({ secrets }: Followers, productNamespace: string): string | undefined {
  return readAuthority(secrets.store.get(`${productNamespace}/${names.authoritySecret}`)).bundle;
}
