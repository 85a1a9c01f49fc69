/** squid.conf and the objects of an EgressProxy, and the formats and times that Squid shares with the agent. Pure. */

export { renderAgentBinding } from './agent-identity.ts';
export { fileDescriptors } from './file-descriptors.ts';
export { AUTHORITIES_FOLDER, CREDENTIALS_FOLDER } from './pod-volumes.ts';
export { agentPorts, type ProxyFacts } from './proxy-facts.ts';
export { AGENT_BINDING, AGENT_CLUSTER_ROLE, ownedLabels, proxyNames } from './proxy-names.ts';
export { renderProxyObjects } from './proxy-objects.ts';
export { DEFAULT_PORT, PROBE_DOMAIN, renderSquidConf } from './squid-conf.ts';
export { renderErrorPages } from './squid-error-pages.ts';
export * from './squid-formats.ts';
export { ACCEPT_LIMIT_FILES, GATE_SOCKET_NAME, type SquidPaths, squidPaths } from './squid-paths.ts';
export { isPlain as isPlainUpstream, knownUpstreams } from './squid-upstreams.ts';
export * from './timing.ts';
