/** Polls the agents of the proxies for flows and counts. */

export { AgentPoller } from './agent-poller.ts';
