/** Parents of Squid: their health, the route of a request, and what a starting Squid needs. */
export { UpstreamCredentials } from './credentials.ts';
export { ParentHealth } from './parent-health.ts';
export type { Route } from './plan-route.ts';
export { StartupListeners } from './startup-listeners.ts';
export { Upstreams } from './upstreams.ts';
