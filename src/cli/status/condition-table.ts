import type { ConditionReason, ConditionType } from '../../api/index.ts';

/** What a condition means when it reports a problem. */
export interface ReportedCondition {
  /** It reports a problem when it is True; every other one does when it is not. */
  badWhenTrue?: true;
  /** It concerns some pods or one policy, and does not break the rest. */
  isWarning?: true;
  /** The section of the guide, below docs/guide. It has each of the reasons. */
  guide: string;
  /** The reasons of its problems. */
  reasons: readonly ConditionReason[];
}

const PROGRAMMED: ReportedCondition = {
  guide: 'troubleshooting.md#programmed-is-false',
  reasons: [
    'Pending',
    'Invalid',
    'Conflict',
    'RightsMissing',
    'PermissionDenied',
    'NotReady',
    'NoReadyReplica',
    'AgentUnreachable',
    'CrdMissing',
    'CertificateExpiring',
    'NotServed',
    'TargetGroupNotFound',
    'TargetGroupInvalid',
    'QuotaExceeded',
  ],
};
const OTHER = 'troubleshooting.md#other-conditions';

/** All conditions that the controller writes. */
export const conditionTable: Readonly<Record<ConditionType, ReportedCondition>> = {
  Accepted: {
    ...PROGRAMMED,
    reasons: ['Invalid', 'TargetGroupNotFound', 'TargetGroupInvalid'],
  },
  Programmed: PROGRAMMED,
  Ready: PROGRAMMED,
  DirectTargets: {
    ...PROGRAMMED,
    reasons: ['Pending', 'Conflict', 'NotServed', 'LeftOut', 'NameNotResolved'],
  },
  ClusterFacts: {
    guide: OTHER,
    reasons: [
      'DnsServiceNotFound',
      'PodRangeUnknown',
      'PodRangeContradicted',
      'ServiceRangeUnknown',
      'ServiceRangeContradicted',
    ],
  },
  UpstreamsHealthy: { guide: OTHER, reasons: ['UpstreamDown', 'NoReadyReplica'] },
  Enforced: {
    guide: 'troubleshooting.md#enforced-is-not-true',
    reasons: ['NotEnforced', 'ProbeInconclusive', 'Conflict', 'Pending'],
  },
  Injected: {
    guide: 'troubleshooting.md#the-pod-has-no-variables',
    reasons: ['PodsNotInjected', 'ProxyNotFound'],
  },
  PodsOnOldProxy: { badWhenTrue: true, guide: OTHER, reasons: ['PodsOnOldProxy'] },
  PodsOlderThanServices: {
    badWhenTrue: true,
    isWarning: true,
    guide: OTHER,
    reasons: ['PodsOlderThanServices'],
  },
  PolicyConflict: { badWhenTrue: true, guide: OTHER, reasons: ['Conflict'] },
  WideningPolicyPresent: {
    badWhenTrue: true,
    isWarning: true,
    guide: OTHER,
    reasons: ['WideningPolicyPresent'],
  },
  AliasesLead: { guide: OTHER, reasons: ['StaleAlias', 'AliasLeftAlone'] },
  NameserverUsed: { guide: OTHER, reasons: ['Pending', 'PodsOnClusterDns'] },
  TrustBundle: { guide: OTHER, reasons: ['Pending', 'Invalid', 'Conflict'] },
  InUse: { isWarning: true, guide: 'activity.md#which-rules-are-used', reasons: ['Unused'] },
  // What an expiry and the answer to a request say is meant to be so.
  Expired: { badWhenTrue: true, guide: OTHER, reasons: [] },
  Approved: { guide: OTHER, reasons: [] },
  Refused: { badWhenTrue: true, guide: OTHER, reasons: [] },
  Failed: { badWhenTrue: true, guide: OTHER, reasons: [] },
};
