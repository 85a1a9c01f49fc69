import { isClosed } from '../../agent-client/index.ts';
import { type EgressProxy, MANAGER } from '../../api/index.ts';
import { keyOf, type Reconciled } from '../../kube/index.ts';
import { DEFAULT_PORT } from '../../proxy/index.ts';
import { parseAddress, rangeIncludes, readableRanges } from '../../rules/index.ts';
import { mergeConditions } from '../conditions.ts';
import type { Context } from '../context.ts';
import { type Replica, readyReplicas } from '../generations/index.ts';
import { writeStatus } from '../objects/index.ts';
import { recordTransitions } from '../record-transitions.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { judgeProbe, type ProbedReplica, type Way } from './judge-probe.ts';

/** Owns the condition Enforced; the rest of the status is another's. */
const STATUS_MANAGER = `${MANAGER}-cni-probe`;
/** Milliseconds between two probes. */
const EVERY = 30_000;
const EVERY_UNTIL_KNOWN = 5_000;
/** Replicas that are probed at once: each may be on a node of its own. */
const MOST_REPLICAS = 5;

/**
 * Finds out whether the cluster's network enforces NetworkPolicy, by ways that the proxy's own policies leave open or
 * close. Nothing is opened for it and nothing listens for it.
 */
export async function reconcileCniProbe(
  key: string,
  context: Context,
  signal: AbortSignal,
): Promise<Reconciled> {
  const { followers, client, clock, events, metrics } = context;
  const proxy = followers.proxies.store.get(key);
  if (proxy === undefined || proxy.metadata.deletionTimestamp !== undefined) {
    metrics.forgetEnforced(key);
    return undefined;
  }
  const replicas = readyReplicas(proxy, followers.pods.store).slice(0, MOST_REPLICAS);
  const probing = Promise.all(replicas.map((replica) => probe(replica, proxy, context)));
  const condition = judgeProbe(await unlessAborted(probing, signal));
  metrics.enforced(key, condition.status);
  const observed = followers.proxies.store.get(key);
  if (observed === undefined) return undefined;
  const { generation } = observed.metadata;
  const before = observed.status?.conditions;
  const conditions = mergeConditions(before, [condition], { generation, now: clock.now() });
  if (await writeStatus(client, observed, { conditions }, signal, STATUS_MANAGER)) {
    recordTransitions(events, observed, { before, after: conditions.filter(isNews) });
  }
  return { requeueAfterMs: condition.status === 'Unknown' ? EVERY_UNTIL_KNOWN : EVERY };
}

/** Before a replica is ready there is nothing to tell anybody. */
const isNews = ({ status }: { status: string }): boolean => status !== 'Unknown';

async function probe(replica: Replica, proxy: EgressProxy, context: Context): Promise<ProbedReplica> {
  const [egress, ingress] = await Promise.all([
    wayBack(replica, context),
    wayIn(replica, proxy.spec.port ?? DEFAULT_PORT, proxy, context),
  ]);
  const reachable = egress.reached || (await context.agents.reaches(replica));
  return { name: replica.name, reachable, ingress, egress: egress.way };
}

/** Our pod is no client of the proxy, unless a cluster rule set says so of its address. */
async function wayIn(
  { address }: Replica,
  port: number,
  proxy: EgressProxy,
  { followers, ownAddresses }: Context,
): Promise<Way> {
  const policy = keyOf({
    metadata: { namespace: proxy.metadata.namespace ?? '', name: `${proxy.metadata.name}-ingress` },
  });
  if (followers.networkPolicies.store.get(policy) === undefined) {
    return { kind: 'unknown', why: `the NetworkPolicy ${policy} is not in place` };
  }
  const clients = readableRanges(
    followers.clusterRuleSets.store.list().flatMap(({ spec }) => spec?.clientCIDRs ?? []),
  );
  const own = ownAddresses().flatMap((text) => parseAddress(text) ?? []);
  if (own.some((each) => clients.some((range) => rangeIncludes(range, each)))) {
    return { kind: 'unknown', why: 'clientCIDRs hold the address of the controller' };
  }
  return (await isClosed(address, port)) ? { kind: 'closed' } : { kind: 'open' };
}

async function wayBack(
  replica: Replica,
  { agents, ownAddresses, settings }: Context,
): Promise<{ reached: boolean; way: Way }> {
  try {
    const { address, closed } = await agents.probeWayBack(replica, settings.telemetryPort);
    if (ownAddresses().includes(address)) return { reached: true, way: { kind: closed ? 'closed' : 'open' } };
    const why = `the replica sees us as ${address}, which is none of our addresses`;
    return { reached: true, way: { kind: 'unknown', why } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { reached: false, way: { kind: 'unknown', why } };
  }
}
