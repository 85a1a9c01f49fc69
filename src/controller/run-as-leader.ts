import type { Deps } from './deps.ts';
import type { ReconcileLoops } from './reconcile-loops.ts';
import { createLeaderState, type LeaderState, type LeaderStateOptions } from './state/leader-state.ts';
import { waitForCaches } from './wait-for-caches.ts';

/** Reconciles while this replica leads: until the signal is aborted and all work is done. */
export async function runAsLeader(
  loops: ReconcileLoops<[deps: Deps, state: LeaderState]>,
  deps: Deps,
  options: LeaderStateOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await waitForCaches(deps.reflectors, deps, signal);
    // Before the first policy is written, so that none closes DNS.
    await deps.facts.followDnsService(signal);
    deps.facts.rediscover();
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const state = createLeaderState(deps, options, signal);
  await loops.run([deps, state], signal);
  await Promise.all([state.agents.close(), deps.events.flush()]);
}
