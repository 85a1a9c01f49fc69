/** The policy state: the cluster's objects that decisions depend on, followed from the API server and kept on disk. */
export { type ClientPod, podIdentity, trimPod } from './client-pod.ts';
export { createReflectors } from './create-reflectors.ts';
export { PolicyFeed } from './policy-feed.ts';
export { type PolicyListener, PolicyState, type PolicyStateOptions, type Sources } from './policy-state.ts';
export { readSnapshot, writeSnapshot } from './snapshot-file.ts';
export { SnapshotKeeper } from './snapshot-keeper.ts';
