import { label } from '../../api/index.ts';
import { keyOf, type Reconciled } from '../../kube/index.ts';
import { serviceNames } from '../../tls/index.ts';
import type { Context } from '../context.ts';
import { BY_OWNER } from '../follow/index.ts';
import type { Replica } from '../generations/index.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { planUsageOf } from './reconcile-usage.ts';
import { useBySet } from './rule-reference.ts';

/** Agents are asked so many times in the interval of the writes: what one has counted is lost when it is killed. */
const POLLS = 4;
/** Milliseconds. */
const SHORTEST = 250;
/** In intervals: how long what an agent that is gone has counted is kept, to be merged. */
const KEPT = 3;

/** Asks every agent what it has counted, and has written what is new. */
export async function pollAgents(context: Context, signal: AbortSignal): Promise<Reconciled> {
  const { agents, reports, clock, settings, log } = context;
  const asked = proxyPods(context);
  const answers = Promise.all(
    asked.map(async (replica) => {
      try {
        reports.hear(replica.name, await agents.activity(replica), clock.monotonic());
      } catch (err) {
        log.debug({ err, pod: replica.name }, 'an agent does not say what it has counted');
      }
    }),
  );
  await unlessAborted(answers, signal);
  const now = clock.monotonic();
  const pods = new Set(asked.map(({ name }) => name));
  reports.retain(pods, now, now - KEPT * settings.activityIntervalMs);
  context.ruleUse = useBySet(reports.ruleUse());
  enqueue(context);
  return { requeueAfterMs: Math.max(SHORTEST, settings.activityIntervalMs / POLLS) };
}

/** Ready or not: an agent that starts or drains has counted, too. */
function proxyPods({ followers }: Context): Replica[] {
  return followers.proxies.store.list().flatMap(({ metadata: { name, namespace = '' } }) => {
    const [serverName] = serviceNames(name, namespace);
    return followers.pods.store.byIndex(BY_OWNER, `${namespace}.${name}`).flatMap(({ metadata, podIP }) => {
      const isProxy = metadata.namespace === namespace && metadata.labels[label.component] === 'proxy';
      if (!isProxy || podIP === undefined) return [];
      return [{ uid: metadata.uid, address: podIP, name: keyOf({ metadata }), serverName }];
    });
  });
}

function enqueue(context: Context): void {
  const { queues, followers, reports } = context;
  const counted = reports.namespaces();
  for (const { metadata, status } of followers.activities.store.list()) {
    const { namespace = '' } = metadata;
    if (counted.has(namespace) || status?.requests === undefined) queues.activity.add(namespace);
  }
  for (const set of [...followers.ruleSets.store.list(), ...followers.clusterRuleSets.store.list()]) {
    if (planUsageOf(set, context) !== undefined) queues.ruleUse.add(keyOf(set));
  }
}
