/** The agent's metrics. */
export { type AgentMetrics, createAgentMetrics, registerReadings } from './agent-metrics.ts';
