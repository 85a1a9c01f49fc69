/** Connections to others: an agent's API, whether a TCP port can be reached. */
export { AgentClient } from './agent-client.ts';
export {
  type AgentAddress,
  AgentConnections,
  type AgentConnectionsOptions,
} from './agent-connections.ts';
export { isClosed } from './is-closed.ts';
export { type Attempt, tryConnect } from './try-connect.ts';
