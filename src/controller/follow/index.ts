/** The caches, trimmed, and what follows from them. */
export { ClusterView, type ClusterViewOptions, type ServedEntry } from './cluster-view.ts';
export {
  BY_NAMESPACE,
  BY_OWNER,
  type Followers,
  type FollowOptions,
  followCluster,
  proxyKinds,
} from './follow-cluster.ts';
export type { KeptNamespace, KeptNode, KeptService } from './kept-objects.ts';
export { type KeptPod, keepPod } from './kept-pod.ts';
