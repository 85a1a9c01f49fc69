import type { ReconcileResult } from '../../kube/index.ts';
import { atStart, type Controller, unlessAborted } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { ALL } from '../enqueue.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { allReplicas } from '../state/ready-replicas.ts';

/** Polls in the interval of the writes. What an agent has counted since its last poll is lost when it is killed. */
const POLLS = 4;
/** Milliseconds. */
const SHORTEST = 250;
/** Intervals during which the counts of a deleted agent are kept, until they are merged in all namespaces. */
const KEPT = 3;

/** Polls the counts of all agents. The controllers of activity and rule use watch the reports. */
export const agentReportsController: Controller<[Deps, LeaderState]> = {
  name: 'agentReports',
  concurrency: 1,
  create: (deps, state) => ({
    watches: [atStart(ALL)],
    reconcile: (_, signal) => pollAgents(state, deps, signal),
  }),
};

async function pollAgents(
  { agents, reports }: Pick<LeaderState, 'agents' | 'reports'>,
  { reflectors, clock, settings, log }: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const replicas = reflectors.proxies.store
    .list()
    .flatMap((proxy) => allReplicas(proxy, reflectors.pods.store));
  const answers = Promise.all(
    replicas.map(async (replica) => {
      try {
        reports.record(replica.name, await agents.activity(replica), clock.monotonic());
      } catch (err) {
        log.debug({ err, pod: replica.name }, 'the counts of an agent cannot be read');
      }
    }),
  );
  await unlessAborted(answers, signal);
  const now = clock.monotonic();
  const pods = new Set(replicas.map(({ name }) => name));
  reports.endRound(pods, now, now - KEPT * settings.activityIntervalMs);
  return { requeueAfterMs: Math.max(SHORTEST, settings.activityIntervalMs / POLLS) };
}
