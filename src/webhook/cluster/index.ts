/** The cluster as the webhook caches it. */
export { ClusterView, type ClusterViewOptions } from './cluster-view.ts';
export { createReflectors, type Reflectors } from './create-reflectors.ts';
