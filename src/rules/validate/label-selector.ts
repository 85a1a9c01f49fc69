import type { LabelSelector } from '../../api/index.ts';
import { fieldOf } from './read-fields.ts';

export type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/**
 * Largest selector: labels and expressions, and values of all expressions together. A decision checks each requirement of
 * a set that names its target, so that their number bounds what a decision costs.
 */
export const selectorLimits = { requirements: 32, values: 1000 } as const;

type Matches = (labels: Labels) => boolean;

/** Compiled selectors, by the selector of a cached object, which never changes. */
const compiled = new WeakMap<LabelSelector, Matches>();

/** Matches as Kubernetes does: an absent or empty selector matches everything, NotIn matches an absent key. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return true;
  let matches = compiled.get(selector);
  if (matches === undefined) {
    matches = compileSelector(selector);
    compiled.set(selector, matches);
  }
  return matches(labels ?? {});
}

/** Whether a selector narrows anything. */
export function selectsAll(selector: LabelSelector | undefined): boolean {
  return (
    selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}

/** The values of a stored selector, which may have any shape. Each takes as long to validate as a target. */
export function countSelectorValues(selector: unknown): number {
  const expressions = fieldOf(selector, 'matchExpressions');
  if (!Array.isArray(expressions)) return 0;
  const lengths = expressions.map((expression) => fieldOf(expression, 'values'));
  return lengths.reduce<number>((sum, values) => sum + (Array.isArray(values) ? values.length : 0), 0);
}

/** One step for each requirement, whatever the number of its values. */
function compileSelector({ matchLabels, matchExpressions }: LabelSelector): Matches {
  const requirements = [
    ...Object.entries(matchLabels ?? {}).map(
      ([key, value]): Matches =>
        (labels) =>
          labelOf(labels, key) === value,
    ),
    ...(matchExpressions ?? []).map(compileRequirement),
  ];
  return (labels) => requirements.every((meets) => meets(labels));
}

function compileRequirement({ key, operator, values = [] }: Requirement): Matches {
  const listed: ReadonlySet<string | undefined> = new Set(values);
  switch (operator) {
    case 'In':
      return (labels) => listed.has(labelOf(labels, key));
    case 'NotIn':
      return (labels) => !listed.has(labelOf(labels, key));
    case 'Exists':
      return (labels) => labelOf(labels, key) !== undefined;
    case 'DoesNotExist':
      return (labels) => labelOf(labels, key) === undefined;
    default:
      return () => false;
  }
}

/** An own property only: the labels of a pod come from outside and may lack `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
