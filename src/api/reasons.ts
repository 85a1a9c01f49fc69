/**
 * The one list of reasons. Conditions, Events, metrics, the audit log, the X-Egress-Decision header and messages use
 * these words, so that a reason can be searched for anywhere.
 */

/** Reasons of a decision about a request. */
export const decisionReasons = [
  'RuleAllowed',
  'ObserveOnly',
  'Blocked',
  'NoMatchingRule',
  'DeniedByRule',
  'IdentityUnknown',
  'ClientNotServed',
  'PrivateDestination',
  'PortNotAllowed',
  'MethodNotAllowed',
  'MalformedTarget',
  'NameNotResolved',
  'NameMissing',
  'NameEncrypted',
  'NameOutsideCluster',
  'ServerNameMismatch',
  'NotTLS',
  'ProxyItself',
  'AgentUnavailable',
  'TooManyPending',
  'TooManyConnections',
  'RateLimited',
  'UpstreamUnavailable',
] as const;
export type DecisionReason = (typeof decisionReasons)[number];

/** What a tunnel begins with, if it is not TLS for the name that was allowed. */
export const gateFaults = ['ServerNameMismatch', 'NameMissing', 'NameEncrypted', 'NotTLS'] as const;
export type GateFault = (typeof gateFaults)[number];

/** Reasons why the proxy can never serve a pod. */
export const unservableReasons = ['HostNetwork', 'StaticPod', 'WindowsPod', 'TooManyContainers'] as const;
export type UnservableReason = (typeof unservableReasons)[number];

/** Reasons why the webhook did not change a pod. */
export const skipReasons = [
  ...unservableReasons,
  'NamespaceNotOptedIn',
  'NamespaceUnknown',
  'ProxyUnknown',
  'PodOptedOut',
  'PodNotSelected',
  'SystemNamespace',
  'OwnPod',
  'AlreadyInjected',
  'NothingToInject',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** Types of the conditions that the controller writes. */
export const conditionTypes = [
  'Accepted',
  'AliasesLead',
  'Approved',
  'ClusterFacts',
  'DirectTargets',
  'Enforced',
  'Expired',
  'Failed',
  'InUse',
  'Injected',
  'NameserverUsed',
  'PodsOlderThanServices',
  'PodsOnOldProxy',
  'PolicyConflict',
  'Programmed',
  'Ready',
  'Refused',
  'TrustBundle',
  'UpstreamsHealthy',
  'WideningPolicyPresent',
] as const;
export type ConditionType = (typeof conditionTypes)[number];

/** Reasons of conditions. */
export const conditionReasons = [
  'Accepted',
  'Invalid',
  'NotServed',
  'QuotaExceeded',
  'Programmed',
  'Pending',
  'Ready',
  'NotReady',
  'NoReadyReplica',
  'Enforced',
  'NotEnforced',
  'ObserveMode',
  'Blocked',
  'Conflict',
  'ProxyNotFound',
  'CertificateExpiring',
  'AgentUnreachable',
  'PermissionDenied',
  'RightsMissing',
  'CrdMissing',
  'Injected',
  'PodsNotInjected',
  'PodsOnOldProxy',
  'PodsOlderThanServices',
  'NameserverUsed',
  'PodsOnClusterDns',
  'WideningPolicyPresent',
  'NoWideningPolicy',
  'LeftOut',
  'NameNotResolved',
  'ProbeInconclusive',
  'Used',
  'Unused',
  'ExpiresLater',
  'ExpiresSoon',
  'Expired',
  'Approved',
  'Refused',
  'RuleSetDeleted',
  'TargetGroupNotFound',
  'TargetGroupInvalid',
  'TransparentForbidden',
  'UpstreamsHealthy',
  'UpstreamDown',
  'AliasesLead',
  'StaleAlias',
  'AliasLeftAlone',
  'ClusterFactsFound',
  'DnsServiceNotFound',
  'PodRangeUnknown',
  'PodRangeContradicted',
  'ServiceRangeUnknown',
  'ServiceRangeContradicted',
] as const;
export type ConditionReason = (typeof conditionReasons)[number];

/** Reasons of Events that are about no condition and no request. */
export const eventReasons = ['EventsLeftOut'] as const;
export type EventReason = (typeof eventReasons)[number];

/** Reasons why a rule set or an EgressProxy is denied at admission. */
export const faultReasons = [
  'Required',
  'Scheme',
  'Path',
  'UserInfo',
  'Whitespace',
  'ControlCharacter',
  'PortMissing',
  'PortWildcard',
  'PortOutOfRange',
  'EmptyLabel',
  'LabelTooLong',
  'NameTooLong',
  'NameInvalid',
  'WildcardMisplaced',
  'WildcardTargetDenied',
  'AddressSpelling',
  'CidrInvalid',
  'CidrHostBits',
  'Duplicate',
  'TooMany',
  'OutOfRange',
  'InThePast',
  'SelectorInvalid',
  'DirectTargetsDenied',
  'OutsideCeiling',
  'Conflict',
  'Unsupported',
] as const;
export type FaultReason = (typeof faultReasons)[number];
