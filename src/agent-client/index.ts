/** Client of an agent's API, and tests whether a TCP port is reachable. */
export { AgentClient } from './agent-client.ts';
export {
  type AgentAddress,
  AgentConnections,
  type AgentConnectionsOptions,
} from './agent-connections.ts';
export { parseActivity, parseFlowPage } from './parse-answers.ts';
export { type ConnectResult, isClosed, tryConnect } from './reachability.ts';
