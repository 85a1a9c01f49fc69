/** What may leave: grammar, validation, selectors, the guard's ranges, and the decision. Pure. */
export { type Address, addressFromValue, parseAddress } from './address.ts';
export {
  type AddressRange,
  type ParsedRange,
  parseRange,
  rangeContains,
  rangeHolds,
  readableRanges,
} from './address-range.ts';
export { type AddressClass, classifyAddress, isOpened } from './classify-address.ts';
export { allowedMethods, decide } from './decide.ts';
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
} from './decision.ts';
export {
  type Destination,
  formatDestination,
  type ParsedDestination,
  parseDestination,
} from './destination.ts';
export { guardAddress } from './destination-guard.ts';
export { embeddedIPv4 } from './embedded-ipv4.ts';
export { type Explained, type ExplainedRequest, explainRefusal, plain } from './explain-refusal.ts';
export {
  type Fault,
  renderFault,
  renderFaults,
  renderTextFault,
  type TextFault,
  type Validation,
} from './fault.ts';
export { type JudgedAddresses, judgeAddresses } from './judge-addresses.ts';
export { type Labels, matchesSelector, selectsAll } from './label-selector.ts';
export { type ParsedSelector, parseSelector } from './parse-selector.ts';
export { type ParsedTarget, parseTarget } from './parse-target.ts';
export { parseBytes } from './quantity.ts';
export { type InvalidRuleSet, RuleBook, type RuleSetLimits } from './rule-book.ts';
export { buildSettings, type ParentEndpoint, type Settings, upstreamsFor } from './settings.ts';
export { type SpecialRange, specialRanges } from './special-purpose.ts';
export { formatTarget, type Target } from './target.ts';
export { unnamed } from './unnamed-destination.ts';
export { validateClusterEgressRuleSet } from './validate-cluster-rule-set.ts';
export { validateEgressProxy } from './validate-proxy.ts';
export { type RuleSetContext, validateEgressRuleSet } from './validate-rule-set.ts';
