/** The proxies' agents, asked for what their clients did. */
export { AgentBoard } from './agent-board.ts';
export { type AgentPod, keepAgentPod } from './agent-pod.ts';
