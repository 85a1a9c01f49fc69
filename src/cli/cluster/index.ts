/** The cluster as commands read it. */

export { type Connection, withCluster } from './connect.ts';
export { withAgents } from './connect-agents.ts';
export { findServing, listProxyPods, type Serving } from './find-serving.ts';
export { gatherFacts } from './gather-facts.ts';
export { type GatheredRules, gatherRules } from './gather-rules.ts';
export { readAgentLogs } from './read-agent-logs.ts';
export { ProbePodError, runProbePod } from './run-probe-pod.ts';
