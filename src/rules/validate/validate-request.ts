import { type Fault, faultAt, textFault, type Validation } from '../fault.ts';
import { fieldOf } from './read-fields.ts';
import type { RuleSetContext } from './rule-set-context.ts';
import { validateEgressRuleSet } from './validate-rule-set.ts';

/** Characters. With `request-` before it the name is that of a rule set, which has at most 253. */
const LONGEST_NAME = 245;

/** The name of the rule set that the approval of a request makes. */
export const requestedRuleSetName = (request: string): string => `request-${request}`;

/**
 * Validates an EgressRequest as the rule set that its approval makes. Never throws, whatever the object is. The schema, the
 * guard `requests` and the approval are the API server's.
 */
export function validateEgressRequest(
  object: unknown,
  context: Omit<RuleSetContext, 'isNew' | 'now'> = {},
): Validation {
  const spec = fieldOf(object, 'spec');
  const [targets, podSelector, reason] = ['targets', 'podSelector', 'reason'].map((name) =>
    fieldOf(spec, name),
  );
  const ruleSet = { spec: { targets, ...(podSelector !== undefined && { podSelector }), reason } };
  const { faults, warnings } = validateEgressRuleSet(ruleSet, context);
  return { faults: [...nameFaults(object), ...faults], warnings };
}

function nameFaults(object: unknown): Fault[] {
  const name = fieldOf(fieldOf(object, 'metadata'), 'name');
  if (typeof name !== 'string' || name.length <= LONGEST_NAME) return [];
  const message = `a request may have a name of at most ${LONGEST_NAME} characters, since its rule set is named after it`;
  return [faultAt('metadata.name', textFault('NameTooLong', message))];
}
