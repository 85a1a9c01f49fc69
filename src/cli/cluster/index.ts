/** The cluster as commands read it. */
export { type Connection, withCluster } from './connect.ts';
export { findUserName } from './find-user.ts';
export { gatherFacts } from './gather-facts.ts';
export { type GatheredRules, gatherRules, listAllowed, unlessForbidden } from './gather-rules.ts';
