import { type Fault, faultAt, textFault } from '../fault.ts';
import { parseInAdvance, parseTarget, type Target } from '../target/index.ts';
import { fieldOf, readTexts } from './read-fields.ts';
import { countTargetGroups, type GroupReference } from './read-target-groups.ts';

export interface IndexedTarget {
  target: Target;
  /** Canonical text. */
  text: string;
  /** Index in the list. */
  index: number;
}

/** Faults of a list of targets, and the targets that parse. */
export interface ReadTargets {
  faults: Fault[];
  targets: IndexedTarget[];
}

/** Faults of a rule set, and what can be read of what it grants. */
export interface ReadRuleSet extends ReadTargets {
  groups: GroupReference[];
}

export const MOST_TARGETS = 1000;

/**
 * The targets of a list that parse, and the faults of the list. Equal targets are a fault. Of a list that is too long,
 * only the first targets are read, so that its length costs nothing.
 */
export function readTargets(owner: unknown, path: string): ReadTargets {
  const faults: Fault[] = [];
  const count = lengthOf(owner);
  if (count > MOST_TARGETS)
    faults.push(
      faultAt(
        path,
        textFault(
          'TooMany',
          `there are ${count} targets; at most ${MOST_TARGETS} are allowed in one list: make several`,
        ),
      ),
    );
  const texts = readTexts(owner, 'targets', path, faults, MOST_TARGETS);
  const targets: IndexedTarget[] = [];
  const seen = new Map<string, string>();
  for (const { text, index, path: entryPath } of texts) {
    const parsed = parseTarget(text);
    if (!parsed.ok) {
      faults.push(...parsed.faults.map((fault) => faultAt(entryPath, fault)));
      continue;
    }
    const canonical = parsed.text;
    const first = seen.get(canonical);
    if (first === undefined) seen.set(canonical, entryPath);
    else faults.push(faultAt(entryPath, textFault('Duplicate', `${canonical} is already in ${first}`)));
    targets.push({ target: parsed.target, text: canonical, index });
  }
  return { targets, faults };
}

/** Targets that are read in one turn whatever they are: each takes up to 0.25 ms. */
const MOST_IN_A_TURN = 40;

/**
 * The steps after each of which a caller may pause before it validates or compiles a rule set: they read the targets that take
 * long. None for nearly every set.
 */
export function readInSteps(spec: unknown): Iterator<void> {
  const targets = fieldOf(spec, 'targets');
  const isLong = Array.isArray(targets) && targets.length > MOST_IN_A_TURN;
  return parseInAdvance(isLong ? targets.slice(0, MOST_TARGETS) : []);
}

function lengthOf(owner: unknown): number {
  const targets = fieldOf(owner, 'targets');
  return Array.isArray(targets) ? targets.length : 0;
}

/**
 * The number of targets of a spec, as a quota counts them: a list that is too long counts as one more than is allowed. A
 * target group counts as one, since rule sets share what an agent keeps of it.
 */
export function countTargets(spec: unknown): number {
  return Math.min(lengthOf(spec), MOST_TARGETS + 1) + countTargetGroups(spec);
}

/** A list without targets is a fault, unless `others` (direct targets, target groups) grant something. */
export function emptyTargetsFaults(spec: unknown, others: number): Fault[] {
  const targets = fieldOf(spec, 'targets');
  const empty = targets === undefined || (Array.isArray(targets) && targets.length === 0);
  if (!empty || others > 0) return [];
  return [
    faultAt(
      'spec.targets',
      textFault('Required', 'there is no target; name at least one, such as "api.example.com:443"'),
    ),
  ];
}
