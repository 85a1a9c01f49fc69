/** Parent proxies: where they are, and how the replicas find them. */
export { followHosts } from './follow-hosts.ts';
export { readAuthorities } from './read-authorities.ts';
export { reconcileUpstreams } from './reconcile-upstreams.ts';
