/** The Kubernetes API: requests, local copies of resources, work queues, leader election, Events. */
export {
  AccessReviewer,
  type AccessReviewerOptions,
  type Identity,
  type Permission,
  ReviewCache,
} from './access-review.ts';
export * from './cache/index.ts';
export * from './client/index.ts';
export * from './election/index.ts';
export { EventRecorder, type EventRecorderOptions } from './event-recorder.ts';
export type { EventType, Regarding } from './event-series.ts';
export { findUserName } from './find-user-name.ts';
export { listAllowed, unlessForbidden } from './list-allowed.ts';
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
export {
  type Precedence,
  type ReconcileResult,
  WorkQueue,
  type WorkQueueOptions,
  type WorkQueueRunOptions,
} from './work-queue.ts';
