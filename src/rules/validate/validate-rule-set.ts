import type { EgressProxySpec } from '../../api/index.ts';
import { type Fault, faultAt, textFault, type Validation } from '../fault.ts';
import { isWildcard } from '../target/index.ts';
import { expiryFaults, pastFaults, pastWarnings } from './expiry.ts';
import { fieldOf, readSpec } from './read-fields.ts';
import { countTargetGroups, readTargetGroups, warnTargetGroups } from './read-target-groups.ts';
import { emptyTargetsFaults, type IndexedTarget, type ReadRuleSet, readTargets } from './read-targets.ts';
import type { RuleSetContext } from './rule-set-context.ts';
import { warnTargets } from './target-warnings.ts';
import { validateDirectTargets } from './validate-direct-targets.ts';
import { validateSelector } from './validate-selector.ts';

/** Validates an EgressRuleSet and returns all of its faults. Never throws, whatever the object is. */
export function validateEgressRuleSet(object: unknown, context: RuleSetContext = {}): Validation {
  const { faults, targets, groups } = readEgressRuleSet(object, context);
  const { proxies = [], cluster, hasTargetGroup, now, isNew = false } = context;
  const spec = fieldOf(object, 'spec');
  return {
    faults: isNew ? [...faults, ...pastFaults(spec, now)] : faults,
    warnings: [
      ...targets.flatMap((target) => warnTargets(target, proxies, cluster)),
      ...warnTargetGroups(groups, hasTargetGroup),
      ...(isNew ? [] : pastWarnings(spec, now)),
    ],
  };
}

/** All faults of an EgressRuleSet, and the targets and references that parse. Never throws, whatever the object is. */
export function readEgressRuleSet(object: unknown, context: RuleSetContext = {}): ReadRuleSet {
  const faults: Fault[] = [];
  const spec = readSpec(object, faults);
  if (spec === undefined) return { faults, targets: [], groups: [] };
  const { targets, faults: targetFaults } = readTargets(spec, 'spec.targets');
  const { groups, faults: groupFaults } = readTargetGroups(spec);
  const direct = validateDirectTargets(spec, context);
  const proxies = context.proxies ?? [];
  faults.push(
    ...emptyTargetsFaults(spec, direct.count + countTargetGroups(spec)),
    ...targetFaults,
    ...groupFaults,
    ...wildcardFaults(targets, proxies),
    ...validateSelector(spec, 'podSelector', 'spec.podSelector'),
    ...expiryFaults(spec),
    ...direct.faults,
    ...(direct.count > 0 ? nameFaults(object) : []),
  );
  return { faults, targets, groups };
}

/** Characters. With `egress-direct-` before it the name is that of a NetworkPolicy, which has at most 253. */
const LONGEST_NAME = 239;

function nameFaults(object: unknown): Fault[] {
  const name = fieldOf(fieldOf(object, 'metadata'), 'name');
  if (typeof name !== 'string' || name.length <= LONGEST_NAME) return [];
  const message = `a rule set with directTargets may have a name of at most ${LONGEST_NAME} characters`;
  return [faultAt('metadata.name', textFault('NameTooLong', message))];
}

function wildcardFaults(targets: readonly IndexedTarget[], proxies: readonly EgressProxySpec[]): Fault[] {
  if (!proxies.some(({ wildcardTargets }) => wildcardTargets === 'Deny')) return [];
  return targets
    .filter(({ target }) => isWildcard(target))
    .map(({ index, text }) =>
      faultAt(
        `spec.targets[${index}]`,
        textFault(
          'WildcardTargetDenied',
          `"${text}" allows any destination, which the EgressProxy forbids (wildcardTargets: Deny); name the hosts`,
        ),
      ),
    );
}
