import { clip, type Fault, faultAt, textFault } from '../fault.ts';
import { isSubdomain } from './label-syntax.ts';
import { fieldOf, readTexts } from './read-fields.ts';

/** A reference of a rule set to an EgressTargetGroup. */
export interface GroupReference {
  name: string;
  /** Index in spec.targetGroups. */
  index: number;
}

/** The references of a rule set that are names, and the faults of the list. */
export interface ReadGroups {
  groups: GroupReference[];
  faults: Fault[];
}

/** References of one rule set; the schema has the same. */
const MOST_GROUPS = 100;

const PATH = 'spec.targetGroups';

/** The target groups that a rule set refers to. Of a list that is too long, only the first entries are read. */
export function readTargetGroups(spec: unknown): ReadGroups {
  const faults: Fault[] = [];
  const count = lengthOf(spec);
  if (count > MOST_GROUPS) {
    const message = `there are ${count} target groups; at most ${MOST_GROUPS} are allowed in one rule set: make several`;
    faults.push(faultAt(PATH, textFault('TooMany', message)));
  }
  const groups: GroupReference[] = [];
  const seen = new Map<string, string>();
  for (const { text, index, path } of readTexts(spec, 'targetGroups', PATH, faults, MOST_GROUPS)) {
    const first = seen.get(text);
    if (!isSubdomain(text)) faults.push(faultAt(path, nameFault(text)));
    else if (first !== undefined)
      faults.push(faultAt(path, textFault('Duplicate', `${text} is already in ${first}`)));
    else groups.push({ name: text, index });
    seen.set(text, first ?? path);
  }
  return { groups, faults };
}

/** The number of references of a spec, as a quota counts them. */
export function countTargetGroups(spec: unknown): number {
  return Math.min(lengthOf(spec), MOST_GROUPS + 1);
}

/** Warns of references to groups that do not exist. */
export function warnTargetGroups(
  groups: readonly GroupReference[],
  hasTargetGroup: ((name: string) => boolean) | undefined,
): string[] {
  if (hasTargetGroup === undefined) return [];
  return groups
    .filter(({ name }) => !hasTargetGroup(name))
    .map(
      ({ name, index }) =>
        `${PATH}[${index}]: there is no EgressTargetGroup "${clip(name)}", so that it grants nothing; kubectl get egresstargetgroups lists them`,
    );
}

function nameFault(text: string) {
  const message = text.includes(':')
    ? `"${clip(text)}" is a target and no name of an EgressTargetGroup: write it into spec.targets`
    : `"${clip(text)}" is no name of an EgressTargetGroup: lower-case letters, digits, "-" and "."`;
  return textFault('NameInvalid', message);
}

function lengthOf(spec: unknown): number {
  const groups = fieldOf(spec, 'targetGroups');
  return Array.isArray(groups) ? groups.length : 0;
}
