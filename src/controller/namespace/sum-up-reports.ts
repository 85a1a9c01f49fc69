import type { ConditionReason } from '../../api/index.ts';
import type { Regarding } from '../../kube/index.ts';
import { listNames } from '../conditions.ts';

/** What is wrong with a pod. */
export interface PodReport {
  pod: { metadata: Regarding['metadata'] };
  reason: ConditionReason;
  message: string;
}

export interface SummedReport {
  regarding: Regarding;
  reason: ConditionReason;
  message: string;
}

/** The most pods of a namespace that get an Event of their own for the same reason and text. */
const MOST_APART = 3;

/** One report for each pod; of more than MOST_APART pods with the same trouble, one for all, about the EgressActivity. */
export function sumUpReports(activity: Regarding, reports: readonly PodReport[]): SummedReport[] {
  const alike = Map.groupBy(reports, ({ reason, message }) => `${reason} ${message}`);
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length <= MOST_APART) return group.map(aboutPod);
    const { apiVersion, kind, metadata } = activity;
    const names = listNames(group.map(({ pod }) => pod.metadata.name));
    const message = `${group.length} pods (${names}): ${first.message}`;
    return [{ regarding: { apiVersion, kind, metadata }, reason: first.reason, message }];
  });
}

function aboutPod({ pod: { metadata }, reason, message }: PodReport): SummedReport {
  return { regarding: { apiVersion: 'v1', kind: 'Pod', metadata }, reason, message };
}
