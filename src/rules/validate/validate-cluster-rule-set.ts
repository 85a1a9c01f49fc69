import { type Fault, faultAt, textFault, type Validation } from '../fault.ts';
import { expiryFaults, pastFaults, pastWarnings } from './expiry.ts';
import { fieldOf, readSpec } from './read-fields.ts';
import { readRanges } from './read-ranges.ts';
import { countTargetGroups, readTargetGroups, warnTargetGroups } from './read-target-groups.ts';
import { emptyTargetsFaults, type ReadRuleSet, readTargets } from './read-targets.ts';
import type { RuleSetContext } from './rule-set-context.ts';
import { warnTargets } from './target-warnings.ts';
import { validateSelector } from './validate-selector.ts';

/** Validates a ClusterEgressRuleSet and returns all of its faults. wildcardTargets does not apply to operators. */
export function validateClusterEgressRuleSet(
  object: unknown,
  {
    proxies = [],
    cluster,
    hasTargetGroup,
    now,
    isNew = false,
  }: Pick<RuleSetContext, 'proxies' | 'cluster' | 'hasTargetGroup' | 'now' | 'isNew'> = {},
): Validation {
  const { faults, targets, groups } = readClusterEgressRuleSet(object);
  const spec = fieldOf(object, 'spec');
  const allows = fieldOf(spec, 'action') !== 'Deny';
  return {
    faults: isNew ? [...faults, ...pastFaults(spec, now)] : faults,
    warnings: [
      ...(allows ? targets.flatMap((target) => warnTargets(target, proxies, cluster)) : []),
      ...warnTargetGroups(groups, hasTargetGroup),
      ...clientWarnings(spec),
      ...(isNew ? [] : pastWarnings(spec, now)),
    ],
  };
}

/** All faults of a ClusterEgressRuleSet, and the targets and references that parse. */
export function readClusterEgressRuleSet(object: unknown): ReadRuleSet {
  const faults: Fault[] = [];
  const spec = readSpec(object, faults);
  if (spec === undefined) return { faults, targets: [], groups: [] };
  const { targets, faults: targetFaults } = readTargets(spec, 'spec.targets');
  const { groups, faults: groupFaults } = readTargetGroups(spec);
  const limits = fieldOf(spec, 'limits') === undefined ? 0 : 1;
  faults.push(
    ...emptyTargetsFaults(spec, limits + countTargetGroups(spec)),
    ...targetFaults,
    ...groupFaults,
    ...actionFaults(fieldOf(spec, 'action')),
    ...validateSelector(spec, 'namespaceSelector', 'spec.namespaceSelector'),
    ...clientFaults(spec),
    ...expiryFaults(spec),
  );
  return { faults, targets, groups };
}

function actionFaults(action: unknown): Fault[] {
  return action === undefined || action === 'Allow' || action === 'Deny'
    ? []
    : [faultAt('spec.action', textFault('Unsupported', 'the action must be Allow or Deny'))];
}

/** An empty list is ambiguous: no client or, as without the field, every pod. */
function clientFaults(spec: unknown): Fault[] {
  const { faults } = readRanges(spec, 'clientCIDRs', 'spec.clientCIDRs');
  const list = fieldOf(spec, 'clientCIDRs');
  return Array.isArray(list) && list.length === 0
    ? [
        faultAt(
          'spec.clientCIDRs',
          textFault('Required', 'the list is empty; name a range, or omit the field if the set is for pods'),
        ),
      ]
    : faults;
}

function clientWarnings(spec: unknown): string[] {
  const both = fieldOf(spec, 'clientCIDRs') !== undefined && fieldOf(spec, 'namespaceSelector') !== undefined;
  return both
    ? ['spec.namespaceSelector has no effect with clientCIDRs: the set applies to clients that are not pods']
    : [];
}
