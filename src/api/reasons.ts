/**
 * The one list of reasons. Conditions, Events, metrics, the audit log, the X-Egress-Decision header and the
 * messages all take theirs from here, so that a reader who has met a reason once can search for it anywhere.
 */

/** Why the proxy let a request pass or refused it. */
export const decisionReasons = [
  'RuleAllowed',
  'ObserveOnly',
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
  'ProxyItself',
  'AgentUnavailable',
  'TooManyPending',
  'UpstreamUnavailable',
] as const;
export type DecisionReason = (typeof decisionReasons)[number];

/** Why a pod was left as it was. */
export const skipReasons = [
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

/** Why a condition stands as it does. */
export const conditionReasons = [
  'Accepted',
  'Invalid',
  'NotServed',
  'Programmed',
  'Pending',
  'Ready',
  'NotReady',
  'NoReadyReplica',
  'Enforced',
  'NotEnforced',
  'ObserveMode',
  'Conflict',
  'ProxyNotFound',
  'CertificateExpiring',
  'AgentUnreachable',
  'PermissionDenied',
  'CrdMissing',
  'Injected',
  'PodsNotInjected',
  'PodsOnOldProxy',
  'WideningPolicyPresent',
  'NoWideningPolicy',
  'LeftOut',
  'NameNotResolved',
  'ProbeInconclusive',
  'Used',
  'Unused',
  'TransparentForbidden',
  'UpstreamsHealthy',
  'UpstreamDown',
  'AliasesLead',
  'StaleAlias',
  'AliasLeftAlone',
] as const;
export type ConditionReason = (typeof conditionReasons)[number];

/** Why a rule, a rule set or a proxy is refused at admission. */
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
  'SelectorInvalid',
  'DirectTargetsDenied',
  'OutsideCeiling',
  'Conflict',
  'Unsupported',
] as const;
export type FaultReason = (typeof faultReasons)[number];
