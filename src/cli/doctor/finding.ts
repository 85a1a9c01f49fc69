import { type Problem, reportedCondition } from '../status/index.ts';

/** A fault breaks traffic, enforcement or admission, or will soon; a warning may be meant. */
export type Severity = 'fault' | 'warning';

/** Something that the doctor found. */
export interface Finding {
  /** One of `findingCodes`, or the reason of a condition. */
  code: string;
  severity: Severity;
  /** `Kind namespace/name`. */
  object: string;
  /** What is wrong and what to do. */
  message: string;
  /** The section of the guide. */
  guide: string;
}

/** The codes that no condition has, each with a section of the same name in docs/guide/troubleshooting.md. */
export const findingCodes = {
  KubernetesTooOld: 'fault',
  NodeClockWrong: 'fault',
  CniUnknown: 'warning',
  DnsServiceUnknown: 'warning',
  PodRangeMissing: 'warning',
  CrdNotInstalled: 'fault',
  RulesNotValidated: 'fault',
  WebhookUnreachable: 'fault',
  ServingCertificate: 'fault',
  NoLeader: 'fault',
  GuardMissing: 'fault',
  OtherWebhookDown: 'fault',
  ProxyPodsForbidden: 'fault',
  ModeMisspelled: 'fault',
  NoProxyServes: 'fault',
  EnforceWouldRefuse: 'warning',
  EnforceWouldEndTunnels: 'warning',
  OnHostNetwork: 'fault',
  OwnVariables: 'warning',
  VariablesIgnored: 'warning',
  MeshTakesConnections: 'warning',
} as const satisfies Record<string, Severity>;
export type FindingCode = keyof typeof findingCodes;

export function finding(code: FindingCode, object: string, message: string): Finding {
  const severity = findingCodes[code];
  return { code, severity, object, message, guide: `docs/guide/troubleshooting.md#${code.toLowerCase()}` };
}

/** A problem of a condition, a Deployment or the webhook's registration as a finding: its reason is the code. */
export function findingOf({ object, type, reason, message, guide }: Problem): Finding {
  const severity = reportedCondition(type)?.isWarning ? 'warning' : 'fault';
  return { code: reason, severity, object, message, guide };
}

/** Names in a sentence, the first five of them. */
export function listNames(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const SHOWN = 5;
