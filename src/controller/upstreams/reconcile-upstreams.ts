import { type EgressProxy, MANAGER } from '../../api/index.ts';
import { keyOf, type Reconciled } from '../../kube/index.ts';
import { mergeConditions } from '../conditions.ts';
import type { Context } from '../context.ts';
import { readyReplicas } from '../generations/index.ts';
import { writeStatus } from '../objects/index.ts';
import { recordTransitions } from '../record-transitions.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { findMissing } from './find-missing.ts';
import { planUpstreams, type UpstreamsInput } from './plan-upstreams.ts';

/** Owns `status.upstreams` and the condition UpstreamsHealthy; the rest of the status is another's. */
const STATUS_MANAGER = `${MANAGER}-upstreams`;
/** Milliseconds between two rounds of questions. */
const EVERY = 5_000;
/** Replicas that are asked in a round. */
const MOST_REPLICAS = 20;

/** Gathers from the agents how they find their parents. */
export async function reconcileUpstreams(
  key: string,
  context: Context,
  signal: AbortSignal,
): Promise<Reconciled> {
  const { followers, client, clock, events, upstreamNames } = context;
  const proxy = followers.proxies.store.get(key);
  if (proxy === undefined || proxy.metadata.deletionTimestamp !== undefined) {
    upstreamNames.delete(key);
    return undefined;
  }
  const { upstreams = [] } = proxy.spec;
  if (upstreams.length === 0) return forget(proxy, context, signal);
  const { condition, ...status } = planUpstreams({
    upstreams,
    reports: await unlessAborted(askReplicas(proxy, context), signal),
    addresses: addressesOf(proxy, context),
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

/** An EgressProxy that has no upstreams any more loses what was said of them. */
async function forget(proxy: EgressProxy, { client }: Context, signal: AbortSignal): Promise<Reconciled> {
  if (proxy.status?.upstreams !== undefined) await writeStatus(client, proxy, {}, signal, STATUS_MANAGER);
  return undefined;
}

async function askReplicas(
  proxy: EgressProxy,
  { followers, agents, log }: Context,
): Promise<UpstreamsInput['reports']> {
  const replicas = readyReplicas(proxy, followers.pods.store).slice(0, MOST_REPLICAS);
  const asked = replicas.map(async (replica) => {
    try {
      return [{ replica: replica.name, upstreams: await agents.upstreams(replica) }];
    } catch (err) {
      log.debug({ err, replica: replica.name }, 'a replica does not say how it finds its parents');
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

function addressesOf(proxy: EgressProxy, { upstreamNames }: Context): Map<string, string[]> {
  const names = upstreamNames.get(keyOf(proxy));
  return new Map(
    (proxy.spec.upstreams ?? []).map(({ name, host }) => [
      name,
      (names?.get(host)?.addresses ?? []).map(({ address }) => address),
    ]),
  );
}
