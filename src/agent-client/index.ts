/** Client of an agent's API: its pod, its connection, our token; and tests whether a TCP port is reachable. */
export { readAgentBundle } from './agent-bundle.ts';
export { AgentClient } from './agent-client.ts';
export {
  type AgentAddress,
  AgentConnections,
  type AgentConnectionsOptions,
} from './agent-connections.ts';
export { type AgentPod, trimAgentPod } from './agent-pod.ts';
export { type AgentTokenOptions, agentHeaders } from './agent-token.ts';
export { parseActivity, parseFlowPage } from './parse-answers.ts';
export { type ConnectResult, isClosed, tryConnect } from './reachability.ts';
