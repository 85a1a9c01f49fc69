/** Decides ACL requests, and caches what can be answered again (docs/answer-cache.md). */
export { AnswerCache } from './answer-cache.ts';
export { Decider } from './decider.ts';
export { DecisionEffects } from './decision-effects.ts';
export type { Outcome } from './outcome.ts';
export { RefusalEvents } from './refusal-events.ts';
export { RevisionFile, revisionPath } from './revision-file.ts';
