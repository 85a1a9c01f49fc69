/** The cluster as commands read it. */
export { type Connection, withCluster } from './connect.ts';
export { type GatheredRules, gatherRules, listAllowed } from './gather-rules.ts';
