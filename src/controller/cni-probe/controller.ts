import { type AgentClient, isClosed } from '../../agent-client/index.ts';
import { type EgressProxy, MANAGER } from '../../api/index.ts';
import { keyOf, type ReconcileResult } from '../../kube/index.ts';
import { DEFAULT_PORT } from '../../proxy/index.ts';
import { parseAddress, rangeIncludes, readableRanges } from '../../rules/index.ts';
import { mergeConditions, recordTransitions } from '../conditions.ts';
import { type Controller, unlessAborted, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueObject, enqueueOwner, replicaChanged, statusOnlyChange } from '../enqueue.ts';
import { writeStatus } from '../objects/index.ts';
import type { Replica } from '../state/agent-generations.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { readyReplicas } from '../state/ready-replicas.ts';
import { evaluateProbe, type ProbedPath, type ProbedReplica } from './evaluate-probe.ts';
import { OpenPaths } from './open-paths.ts';

/** Owns the condition Enforced and no other part of the status. */
const STATUS_MANAGER = `${MANAGER}-cni-probe`;
/** Milliseconds between two probes. */
const EVERY = 30_000;
const EVERY_UNTIL_KNOWN = 5_000;
/** Replicas of one probe: each may be on a node of its own. */
const MOST_REPLICAS = 5;

/**
 * Probes whether the cluster's network enforces NetworkPolicy, by paths that the proxy's own policies allow or deny.
 * Nothing is opened and nothing listens for the probe. Key: the EgressProxy.
 */
export const cniProbeController: Controller<[Deps, LeaderState]> = {
  name: 'cniProbe',
  concurrency: 2,
  create(deps, { agents }) {
    const { reflectors, metrics } = deps;
    const openPaths = new Map<string, OpenPaths>();
    return {
      watches: [
        watch(reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : enqueueObject(change))),
        watch(reflectors.pods, (change) => (replicaChanged(change) ? enqueueOwner(change) : [])),
      ],
      reconcile: (key, signal) => reconcileCniProbe(key, { agents, openPaths, ...deps }, signal),
      // The next leader probes; the results of this one become outdated.
      end() {
        for (const proxy of reflectors.proxies.store.list()) metrics.forgetEnforced(keyOf(proxy));
      },
    };
  },
};

interface ProbeDeps extends Deps {
  agents: AgentClient;
  /** By the key of the EgressProxy. */
  openPaths: Map<string, OpenPaths>;
}

async function reconcileCniProbe(
  key: string,
  deps: ProbeDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { reflectors, client, clock, events, metrics, agents, openPaths } = deps;
  const proxy = reflectors.proxies.store.get(key);
  if (proxy === undefined || proxy.metadata.deletionTimestamp !== undefined) {
    metrics.forgetEnforced(key);
    openPaths.delete(key);
    return undefined;
  }
  const replicas = readyReplicas(proxy, reflectors.pods.store).slice(0, MOST_REPLICAS);
  const probing = Promise.all(replicas.map((replica) => probe(replica, proxy, agents, deps)));
  const probed = await unlessAborted(probing, signal);
  const paths = openPaths.get(key) ?? new OpenPaths();
  openPaths.set(key, paths);
  const confirmed = paths.confirm(probed, clock.monotonic());
  const condition = evaluateProbe(confirmed);
  metrics.enforced(key, condition.status);
  const observed = reflectors.proxies.store.get(key);
  if (observed === undefined) return undefined;
  const { generation } = observed.metadata;
  const before = observed.status?.conditions;
  const conditions = mergeConditions(before, [condition], { generation, now: clock.now() });
  if (await writeStatus(client, observed, { conditions }, signal, STATUS_MANAGER)) {
    recordTransitions(events, observed, { before, after: conditions.filter(isNews) });
  }
  const isKnown = condition.status !== 'Unknown' && !confirmed.some(isUnconfirmed);
  return { requeueAfterMs: isKnown ? EVERY : EVERY_UNTIL_KNOWN };
}

const isUnconfirmed = ({ ingress, egress }: ProbedReplica): boolean =>
  [ingress, egress].some(({ kind }) => kind === 'unconfirmed');

/** Until a replica is ready the result is unknown, which needs no Event. */
const isNews = ({ status }: { status: string }): boolean => status !== 'Unknown';

async function probe(
  replica: Replica,
  proxy: EgressProxy,
  agents: AgentClient,
  deps: Deps,
): Promise<ProbedReplica> {
  const [egress, ingress] = await Promise.all([
    probeEgress(replica, agents, deps),
    probeIngress(replica, proxy.spec.port ?? DEFAULT_PORT, proxy, deps),
  ]);
  const reachable = egress.reached || (await agents.reaches(replica));
  return { name: replica.name, reachable, ingress, egress: egress.path };
}

/** The proxy port is closed to this pod, unless the clientCIDRs of a cluster rule set include its address. */
async function probeIngress(
  { address }: Replica,
  port: number,
  proxy: EgressProxy,
  { reflectors, ownAddresses }: Pick<Deps, 'reflectors' | 'ownAddresses'>,
): Promise<ProbedPath> {
  const policy = keyOf({
    metadata: { namespace: proxy.metadata.namespace ?? '', name: `${proxy.metadata.name}-ingress` },
  });
  if (reflectors.networkPolicies.store.get(policy) === undefined) {
    return { kind: 'unknown', why: `NetworkPolicy ${policy} does not exist` };
  }
  const clients = readableRanges(
    reflectors.clusterRuleSets.store.list().flatMap(({ spec }) => spec?.clientCIDRs ?? []),
  );
  const own = ownAddresses().flatMap((text) => parseAddress(text) ?? []);
  if (own.some((each) => clients.some((range) => rangeIncludes(range, each)))) {
    const why = 'the clientCIDRs of a ClusterEgressRuleSet include the address of the controller';
    return { kind: 'unknown', why };
  }
  return (await isClosed(address, port)) ? { kind: 'closed' } : { kind: 'open' };
}

/** The egress policy of the proxy denies connections to this pod, which the agent tries. */
async function probeEgress(
  replica: Replica,
  agents: AgentClient,
  { ownAddresses, settings }: Pick<Deps, 'ownAddresses' | 'settings'>,
): Promise<{ reached: boolean; path: ProbedPath }> {
  try {
    const { address, closed } = await agents.reverseProbe(replica, settings.telemetryPort);
    if (ownAddresses().includes(address))
      return { reached: true, path: { kind: closed ? 'closed' : 'open' } };
    const why = `the agent sees the controller as ${address}, which is not an address of its pod (NAT?)`;
    return { reached: true, path: { kind: 'unknown', why } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { reached: false, path: { kind: 'unknown', why } };
  }
}
