/** Talking to the API server: requests, caches that follow it, queues, leader election, Events. */
export {
  AccessReview,
  type AccessReviewOptions,
  type Identity,
  type Permission,
  Remembered,
} from './access-review.ts';
export type { Health, TroubleReason } from './cache/health.ts';
export { type Kept, type Listener, Reflector, type ReflectorOptions } from './cache/reflector.ts';
export { type Change, type IndexFunction, type ReadonlyStore, Store } from './cache/store.ts';
export * from './client/api-error.ts';
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  Page,
  Patch,
  RawOptions,
  Selection,
  Unserved,
  WatchOptions,
} from './client/call.ts';
export { KubeClient } from './client/client.ts';
export { type Cluster, type LoadClusterOptions, loadCluster } from './client/cluster.ts';
export { loadPortForward, type PodPort } from './client/port-forward.ts';
export { type LeaderElectionOptions, runWhenLeader } from './election/leader-election.ts';
export {
  EventRecorder,
  type EventRecorderOptions,
  type EventType,
  type Regarding,
} from './event-recorder.ts';
export { createKubeMetrics, type KubeMetrics } from './metrics.ts';
export {
  type Kind,
  type KubeObject,
  keyOf,
  type Metadata,
  type Named,
  splitKey,
  type Wire,
} from './object.ts';
export { apiVersionOf, pathOf, type Resource, type ResourceAddress } from './resource.ts';
export * from './resources.ts';
export { type Reconciled, type RunOptions, WorkQueue, type WorkQueueOptions } from './work-queue.ts';
