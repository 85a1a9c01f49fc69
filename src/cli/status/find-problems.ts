import type { Condition, ConditionType } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { conditionTable, type ReportedCondition } from './condition-table.ts';

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

/** Reasons that say how something is meant to be, whatever the status of the condition is. */
const intended: ReadonlySet<string> = new Set([
  'ObserveMode',
  'Blocked',
  'ExpiresLater',
  'ExpiresSoon',
  'Expired',
]);

/** Sections of what no condition reports. */
const guides: Readonly<Record<string, string>> = {
  Webhook: 'troubleshooting.md#the-webhook-does-not-answer',
  LeftBehind: 'troubleshooting.md#closed-after-an-uninstall',
};

const isConditionType = (type: string): type is ConditionType => Object.hasOwn(conditionTable, type);

/** Undefined for a type that is no condition, or one of another version. */
export function reportedCondition(type: string): ReportedCondition | undefined {
  return isConditionType(type) ? conditionTable[type] : undefined;
}

export function guideOf(type: string): string {
  return `docs/guide/${reportedCondition(type)?.guide ?? guides[type] ?? 'troubleshooting.md'}`;
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
  const known = reportedCondition(type);
  // A rule set with a target group that does not exist is accepted: the rest of it is in effect.
  if (known?.reasons.some((each) => each === reason)) return true;
  return known?.badWhenTrue ? status === 'True' : status !== 'True';
}
