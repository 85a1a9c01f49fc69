/** Requests to the API server. */
export * from './api-error.ts';
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  LogOptions,
  Page,
  Patch,
  RawOptions,
  Selection,
  WatchOptions,
  WritableObject,
} from './call.ts';
export { KubeClient } from './client.ts';
export { type Cluster, type LoadClusterOptions, loadCluster } from './cluster.ts';
export { loadPortForward, type PodPort, type PortForward } from './port-forward.ts';
