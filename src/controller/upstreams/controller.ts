import type { AgentClient } from '../../agent-client/index.ts';
import { type EgressProxy, MANAGER } from '../../api/index.ts';
import { keyOf, type ReconcileResult } from '../../kube/index.ts';
import { mergeConditions, recordTransitions } from '../conditions.ts';
import { type Controller, unlessAborted, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueObject, enqueueOwner, replicaChanged, statusOnlyChange } from '../enqueue.ts';
import type { NameTable } from '../names/name-table.ts';
import { writeStatus } from '../objects/index.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { readyReplicas } from '../state/ready-replicas.ts';
import { findMissing } from './gather-upstreams.ts';
import { planUpstreams, type UpstreamsInput } from './plan-upstreams.ts';

/** Owns `status.upstreams` and the condition UpstreamsHealthy, and no other part of the status. */
const STATUS_MANAGER = `${MANAGER}-upstreams`;
/** Milliseconds between two rounds. */
const EVERY = 5_000;
/** Replicas that are asked in a round. */
const MOST_REPLICAS = 20;

/** Reports the health of the upstreams as the agents see it. Key: the EgressProxy. */
export const upstreamsController: Controller<[Deps, LeaderState]> = {
  name: 'upstreams',
  concurrency: 4,
  create(deps, state) {
    const { reflectors } = deps;
    return {
      watches: [
        watch(reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : enqueueObject(change))),
        watch(reflectors.pods, (change) => (replicaChanged(change) ? enqueueOwner(change) : [])),
      ],
      reconcile: (key, signal) => reconcileUpstreams(key, state, deps, signal),
    };
  },
};

async function reconcileUpstreams(
  key: string,
  { agents, upstreamNames }: Pick<LeaderState, 'agents' | 'upstreamNames'>,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { reflectors, client, clock, events } = deps;
  const proxy = reflectors.proxies.store.get(key);
  if (proxy === undefined || proxy.metadata.deletionTimestamp !== undefined) {
    upstreamNames.delete(key);
    return undefined;
  }
  const { upstreams = [] } = proxy.spec;
  if (upstreams.length === 0) return clearStatus(proxy, deps, signal);
  // The Secrets of the upstreams cannot be read yet; the condition Programmed says why.
  if (deps.proxyNamespaces.accessTo(proxy.metadata.namespace ?? '').kind !== 'listed')
    return { requeueAfterMs: EVERY };
  const { condition, ...status } = planUpstreams({
    upstreams,
    reports: await unlessAborted(askReplicas(proxy, agents, deps), signal),
    addresses: addressesOf(proxy, upstreamNames),
    missing: await findMissing(proxy, client, signal),
    previous: proxy.status?.upstreams,
    now: clock.now(),
  });
  const { generation } = proxy.metadata;
  const before = proxy.status?.conditions;
  const conditions = mergeConditions(before, [condition], { generation, now: clock.now() });
  if (await writeStatus(client, proxy, { ...status, conditions }, signal, STATUS_MANAGER)) {
    recordTransitions(events, proxy, { before, after: conditions.filter(isNews) });
  }
  return { requeueAfterMs: EVERY };
}

const isNews = ({ status }: { status: string }): boolean => status !== 'Unknown';

/** Removes the status of upstreams from an EgressProxy that has none any more. */
async function clearStatus(
  proxy: EgressProxy,
  { client }: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  if (proxy.status?.upstreams !== undefined) await writeStatus(client, proxy, {}, signal, STATUS_MANAGER);
  return undefined;
}

async function askReplicas(
  proxy: EgressProxy,
  agents: AgentClient,
  { reflectors, log }: Pick<Deps, 'reflectors' | 'log'>,
): Promise<UpstreamsInput['reports']> {
  const replicas = readyReplicas(proxy, reflectors.pods.store).slice(0, MOST_REPLICAS);
  const answers = replicas.map(async (replica) => {
    try {
      return [{ replica: replica.name, upstreams: await agents.upstreams(replica) }];
    } catch (err) {
      log.debug({ err, replica: replica.name }, 'the upstream health of a replica cannot be read');
      return [];
    }
  });
  return (await Promise.all(answers)).flat();
}

function addressesOf(proxy: EgressProxy, upstreamNames: NameTable): Map<string, string[]> {
  const names = upstreamNames.get(keyOf(proxy));
  return new Map(
    (proxy.spec.upstreams ?? []).map(({ name, host }) => [
      name,
      (names.get(host)?.addresses ?? []).map(({ address }) => address),
    ]),
  );
}
