/** Talking to the API server: requests, caches that follow it, queues, leader election, Events. */
export {
  AccessReview,
  type AccessReviewOptions,
  type Identity,
  type Permission,
  Remembered,
} from './access-review.ts';
export * from './api-error.ts';
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
} from './call.ts';
export { KubeClient } from './client.ts';
export { type Clock, sleep, systemClock } from './clock.ts';
export { type Cluster, type LoadClusterOptions, loadCluster } from './cluster.ts';
export {
  EventRecorder,
  type EventRecorderOptions,
  type EventType,
  type Regarding,
} from './event-recorder.ts';
export type { Health, TroubleReason } from './health.ts';
export { type LeaderElectionOptions, runWhenLeader } from './leader-election.ts';
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
export { loadPortForward, type PodPort } from './port-forward.ts';
export { type Kept, type Listener, Reflector, type ReflectorOptions } from './reflector.ts';
export { apiVersionOf, pathOf, type Resource, type ResourceAddress } from './resource.ts';
export * from './resources.ts';
export { type Change, type IndexFunction, type ReadonlyStore, Store } from './store.ts';
export { type Reconciled, type RunOptions, WorkQueue, type WorkQueueOptions } from './work-queue.ts';
