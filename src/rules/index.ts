/** What may leave: grammar, validation, selectors, the guard's ranges, and the decision. Pure. */
export { type Address, addressFromValue, parseAddress } from './address/address.ts';
export {
  type AddressRange,
  type ParsedRange,
  parseRange,
  rangeContains,
  rangeIncludes,
  rangeLiteral,
  rangesOverlap,
  readableRanges,
  readNetwork,
} from './address/address-range.ts';
export { type AddressClass, classifyAddress, isOpened } from './address/classify-address.ts';
export { embeddedIPv4, embeddingRanges, NAT64, throughNat64, withEmbedded } from './address/embedded-ipv4.ts';
export { aggregate, networkList, outermost, sortedByText } from './address/range-list.ts';
export { type SpecialRange, specialRanges } from './address/special-purpose.ts';
export { checkResolved, type ResolvedCheck } from './decide/check-resolved.ts';
export { allowedMethods, decide } from './decide/decide.ts';
export {
  type Allowed,
  type Client,
  type Decision,
  type Denied,
  deny,
  type EgressRequest,
  formatRule,
  type PodClient,
  type RangeClient,
  type Refusal,
  type Remedy,
  type RuleRef,
  refusal,
  type Snapshot,
} from './decide/decision.ts';
export { guardAddress } from './decide/destination-guard.ts';
export { type Explained, type ExplainedRequest, explainRefusal, plain } from './decide/explain-refusal.ts';
export { type InvalidRuleSet, RuleSetIndex, type RuleSetLimits } from './decide/rule-set-index.ts';
export {
  buildSettings,
  type DecisionSettings,
  type ParentEndpoint,
  upstreamsFor,
} from './decide/settings.ts';
export {
  type Fault,
  renderFault,
  renderFaults,
  renderTextFault,
  type TextFault,
  type Validation,
} from './fault.ts';
export {
  type Destination,
  formatDestination,
  type ParsedDestination,
  parseDestination,
} from './target/destination.ts';
export { type ParsedTarget, parseTarget } from './target/parse-target.ts';
export { formatTarget, type Target } from './target/target.ts';
export { unnamed } from './target/unnamed-destination.ts';
export { type Labels, matchesSelector, selectsAll } from './validate/label-selector.ts';
export { type ParsedSelector, parseSelector } from './validate/parse-selector.ts';
export { parseBytes } from './validate/quantity.ts';
export { validateClusterEgressRuleSet } from './validate/validate-cluster-rule-set.ts';
export { validateEgressProxy } from './validate/validate-proxy.ts';
export { type RuleSetContext, validateEgressRuleSet } from './validate/validate-rule-set.ts';
