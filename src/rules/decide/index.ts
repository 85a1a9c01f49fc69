/** Decisions: whether a client may reach a destination, and why not. */

export { type Block, blockReason, describeBlock } from './block.ts';
export { checkResolved, type ResolvedCheck } from './check-resolved.ts';
export { allowedMethods, decide, isObserved } from './decide.ts';
export {
  type Allowed,
  type Decision,
  type Denied,
  deny,
  type Refusal,
  type Remedy,
  refusal,
  type Snapshot,
} from './decision.ts';
export { guardAddress } from './destination-guard.ts';
export { adviseOnRefusal, type Explained, type ExplainedRequest, explainRefusal } from './explain-refusal.ts';
export { narrowLimits } from './narrow-limits.ts';
export { plain } from './plain.ts';
export { type RefusalFields, refusalFields } from './refusal-fields.ts';
export {
  type Client,
  formatRule,
  type PodClient,
  type ProxyRequest,
  parseRule,
  type RangeClient,
  type RuleRef,
} from './request.ts';
export { type InvalidRuleSet, RuleSetIndex, type RuleSetLimits } from './rule-set-index.ts';
export {
  beginsWithTls,
  buildSettings,
  type DecisionSettings,
  isTcpTarget,
  type ParentEndpoint,
  upstreamsFor,
} from './settings.ts';
