/** Leader election by a Lease. */
export { type LeaderElectionOptions, runWhenLeader } from './leader-election.ts';
