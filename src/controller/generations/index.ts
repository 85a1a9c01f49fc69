/** By which generations the ready replicas decide: asked of their agents, once for all who wait for it. */
export { AgentBoard, type AgentBoardOptions, type Replica } from './agent-board.ts';
export { type Answer, type Standing, standing } from './answer.ts';
export { AgentClient, type AskAgentOptions } from './ask-agent.ts';
export { type Agreement, agreement, type ReplicaState } from './replica-state.ts';
export { readyReplicas, replicaStates } from './replicas.ts';
