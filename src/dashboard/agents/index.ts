/** Polls the agents of the proxies for flows and counts. */

export { type AgentPod, trimAgentPod } from './agent-pod.ts';
export { AgentPoller } from './agent-poller.ts';
