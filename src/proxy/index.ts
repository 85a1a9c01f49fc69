/** An EgressProxy as text and objects: squid.conf and what runs it. Pure. */
export { DEFAULT_DRAIN_SECONDS, DEFAULT_PORT, renderSquidConf } from './squid-conf.ts';
export { renderErrorPages } from './squid-error-pages.ts';
export * from './squid-formats.ts';
export { type SquidPaths, squidPaths } from './squid-paths.ts';
