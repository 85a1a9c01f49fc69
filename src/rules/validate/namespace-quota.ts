import type { EgressProxySpec } from '../../api/index.ts';
import { type Fault, faultAt, textFault } from '../fault.ts';
import { countTargets } from './read-targets.ts';

/** How much of a namespace's EgressRuleSets an EgressProxy uses. */
export interface NamespaceQuota {
  ruleSets: number;
  targets: number;
}

/**
 * Defaults of spec.limits; the schema has the same. 5,000 targets take at most 12 MB of an agent's heap, to which its
 * default memory leaves 560 MB (docs/benchmarks.md).
 */
export const DEFAULT_QUOTA: NamespaceQuota = { ruleSets: 200, targets: 5000 };

/** The fields of an EgressRuleSet that the quota depends on. */
export interface QuotaEntry {
  metadata: { name: string; creationTimestamp?: string | undefined };
  spec: { targets: readonly string[] };
}

/** Where a set is among those of its namespace, from the oldest to the newest. */
export interface QuotaPlace {
  /** Number of sets up to and including this one. */
  ruleSets: number;
  /** Number of targets of these sets. */
  targets: number;
}

export function quotaOf({ limits = {} }: Pick<EgressProxySpec, 'limits'>): NamespaceQuota {
  return {
    ruleSets: limits.ruleSetsPerNamespace ?? DEFAULT_QUOTA.ruleSets,
    targets: limits.targetsPerNamespace ?? DEFAULT_QUOTA.targets,
  };
}

/** The sets of one namespace that are within the quota. The others grant nothing. */
export function withinQuota<Set extends QuotaEntry>(sets: readonly Set[], quota: NamespaceQuota): Set[] {
  const place: QuotaPlace = { ruleSets: 0, targets: 0 };
  return [...sets].sort(compareAge).filter((set) => {
    place.ruleSets += 1;
    place.targets += countTargets(set.spec);
    return isWithinQuota(place, quota);
  });
}

export function isWithinQuota(place: QuotaPlace, quota: NamespaceQuota): boolean {
  return place.ruleSets <= quota.ruleSets && place.targets <= quota.targets;
}

/** The place of one set; `sets` are all sets of its namespace. */
export function placeInQuota<Set extends QuotaEntry>(set: Set, sets: readonly Set[]): QuotaPlace {
  const place: QuotaPlace = { ruleSets: 0, targets: 0 };
  for (const each of sets) {
    if (compareAge(each, set) > 0) continue;
    place.ruleSets += 1;
    place.targets += countTargets(each.spec);
  }
  return place;
}

/** The place of the newest of the sets. */
export function totalsOf(sets: readonly Pick<QuotaEntry, 'spec'>[]): QuotaPlace {
  return { ruleSets: sets.length, targets: sets.reduce((sum, { spec }) => sum + countTargets(spec), 0) };
}

export interface QuotaCheck {
  /** The spec to be stored. */
  spec: unknown;
  /** The stored spec; undefined for a new set. */
  before: unknown;
  /** The other sets of the namespace. */
  others: QuotaPlace;
  quota: NamespaceQuota;
}

/** Why a set cannot be stored. One that does not grow is never refused, so that a namespace beyond its quota can shrink. */
export function quotaFaults({ spec, before, others, quota }: QuotaCheck): Fault[] {
  const faults: Fault[] = [];
  if (before === undefined && others.ruleSets >= quota.ruleSets) {
    const message = `the namespace has ${others.ruleSets} rule sets, and its EgressProxy uses at most ${quota.ruleSets} (spec.limits.ruleSetsPerNamespace): add the targets to one of them, or delete one`;
    faults.push(faultAt('metadata.name', textFault('TooMany', message)));
  }
  const targets = others.targets + countTargets(spec);
  if (targets > quota.targets && countTargets(spec) > countTargets(before)) {
    const message = `the rule sets of the namespace would have ${targets} targets together, and its EgressProxy uses at most ${quota.targets} (spec.limits.targetsPerNamespace): delete targets, or cover several with one such as *.example.com:443`;
    faults.push(faultAt('spec.targets', textFault('TooMany', message)));
  }
  return faults;
}

/** Oldest first, then by name: a new set never displaces an older one. */
function compareAge(a: QuotaEntry, b: QuotaEntry): number {
  return (
    compareTexts(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
    compareTexts(a.metadata.name, b.metadata.name)
  );
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
