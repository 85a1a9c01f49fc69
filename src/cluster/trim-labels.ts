import { label } from '../api/index.ts';
import { SharedValues } from '../bounded/index.ts';

/** Labels of a pod that selectors read, and characters of their names and values together: several times what workloads have. */
export const MOST_LABELS = { count: 64, characters: 8192 } as const;

const OWN_PREFIX = label.mode.slice(0, label.mode.indexOf('/') + 1);

/**
 * The labels of a pod up to MOST_LABELS: its team may write any number of them. Labels of the product go first, then the
 * others by name. Pure.
 */
export function trimLabels(labels: Record<string, string>): Record<string, string> {
  const entries = Object.entries(labels);
  if (fits(entries)) return labels;
  const kept: [string, string][] = [];
  let characters = 0;
  for (const entry of entries.sort(byImportance)) {
    characters += sizeOf(entry);
    if (kept.length === MOST_LABELS.count || characters > MOST_LABELS.characters) break;
    kept.push(entry);
  }
  return Object.fromEntries(kept);
}

/** Workloads whose labels are shared; each takes some 500 bytes. */
const shared = new SharedValues(20_000);

/** The labels of a pod up to MOST_LABELS, in one object for all pods of a workload. Callers do not change it. */
export function sharedLabels(labels: Record<string, string>): Record<string, string> {
  return shared.share(trimLabels(labels));
}

function fits(entries: readonly [string, string][]): boolean {
  const characters = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  return entries.length <= MOST_LABELS.count && characters <= MOST_LABELS.characters;
}

function sizeOf([name, value]: [string, string]): number {
  return name.length + value.length;
}

function byImportance([one]: [string, string], [other]: [string, string]): number {
  const isOwn = Number(other.startsWith(OWN_PREFIX)) - Number(one.startsWith(OWN_PREFIX));
  return isOwn !== 0 ? isOwn : one < other ? -1 : 1;
}
