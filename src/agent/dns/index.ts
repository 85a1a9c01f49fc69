/** Names: resolved for decisions, and served to Squid, from one cache. */
export { STARTUP_ADDRESS } from './parent-addresses.ts';
export { Resolver, type ResolverOptions } from './resolver.ts';
