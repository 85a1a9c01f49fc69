/** The cluster as the webhook caches it. */
export { ClusterView, type ClusterViewOptions } from './cluster-view.ts';
export { createPodReflector, createReflectors, type Reflectors } from './create-reflectors.ts';
export { PodAddresses } from './pod-addresses.ts';
