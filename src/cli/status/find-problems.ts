import type { Condition } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';

/** Something that is wrong, and where. */
export interface Problem {
  /** `Kind namespace/name`. */
  object: string;
  /** The condition, or `Webhook`, `Deployment`, `LeftBehind`. */
  type: string;
  reason: string;
  /** What is wrong and what to do. */
  message: string;
  /** The section of the guide. */
  guide: string;
}

/** Conditions that report a problem when they are True; every other one does when it is not. */
const badWhenTrue: ReadonlySet<string> = new Set([
  'PodsOnOldProxy',
  'PodsOlderThanServices',
  'PolicyConflict',
  'WideningPolicyPresent',
]);

/** Reasons that say how something is meant to be. */
const intended: ReadonlySet<string> = new Set([
  'ObserveMode',
  'Blocked',
  'ExpiresLater',
  'ExpiresSoon',
  'Expired',
]);

const guides: Readonly<Record<string, string>> = {
  Injected: 'troubleshooting.md#the-pod-has-no-variables',
  Enforced: 'troubleshooting.md#enforced-is-not-true',
  Programmed: 'troubleshooting.md#programmed-is-false',
  Accepted: 'troubleshooting.md#the-webhook-refuses',
  Webhook: 'troubleshooting.md#the-webhook-does-not-answer',
  LeftBehind: 'troubleshooting.md#closed-after-an-uninstall',
  UpstreamsHealthy: 'corporate-networks.md#when-it-does-not-work',
  InUse: 'activity.md#which-rules-are-used',
};

export function guideOf(type: string): string {
  return `docs/guide/${guides[type] ?? 'troubleshooting.md'}`;
}

/** The problems that the conditions of an object report. `Ready` repeats another condition, unless it is alone. */
export function problemsOf(
  object: KubeObject & { status?: { conditions?: readonly Condition[] } },
): Problem[] {
  const { namespace, name } = object.metadata;
  const title = `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const bad = (object.status?.conditions ?? []).filter(isBad);
  const specific = bad.filter(({ type }) => type !== 'Ready');
  return (specific.length > 0 ? specific : bad).map(({ type, reason, message }) => ({
    object: title,
    type,
    reason,
    message,
    guide: guideOf(type),
  }));
}

function isBad({ type, status, reason }: Condition): boolean {
  if (intended.has(reason)) return false;
  return badWhenTrue.has(type) ? status === 'True' : status !== 'True';
}
