import type { ClusterEgressRuleSet, EgressProxySpec } from '../../api/index.ts';
import { type Fault, faultAt, textFault, type Validation } from '../fault.ts';
import { isWildcard } from '../target/target.ts';
import type { Labels } from './label-selector.ts';
import { fieldOf, isFields, readFields } from './read-fields.ts';
import { type IndexedTarget, readTargets } from './read-targets.ts';
import { warnTargets } from './target-warnings.ts';
import { validateDirectTargets } from './validate-direct-targets.ts';
import { validateSelector } from './validate-selector.ts';

/** What decides beside the object itself. Without it only the object is judged. */
export interface RuleSetContext {
  /** The EgressProxies that could serve the set; the set has to suit each. */
  proxies?: readonly EgressProxySpec[];
  /** The cluster's guard rails: a directTarget may not name what one denies. */
  clusterRuleSets?: readonly ClusterEgressRuleSet[];
  /** Of the set's namespace; without them every cluster rule set counts. */
  namespaceLabels?: Labels;
}

/** All faults of an EgressRuleSet at once, whatever it is that was stored. */
export function validateEgressRuleSet(object: unknown, context: RuleSetContext = {}): Validation {
  const faults: Fault[] = [];
  const spec = readSpec(object, faults);
  if (spec === undefined) return { faults, warnings: [] };
  const { targets, faults: targetFaults } = readTargets(spec, 'spec.targets');
  const direct = validateDirectTargets(spec, context);
  const proxies = context.proxies ?? [];
  faults.push(
    ...emptiness(spec, direct.count),
    ...targetFaults,
    ...wildcardFaults(targets, proxies),
    ...validateSelector(spec, 'podSelector', 'spec.podSelector'),
    ...direct.faults,
    ...(direct.count > 0 ? nameFaults(object) : []),
  );
  return { faults, warnings: targets.flatMap((target) => warnTargets(target, proxies)) };
}

export function readSpec(object: unknown, faults: Fault[]): Readonly<Record<string, unknown>> | undefined {
  if (!isFields(object) || fieldOf(object, 'spec') === undefined) {
    faults.push(faultAt('spec', textFault('Required', 'the spec is missing')));
    return undefined;
  }
  return readFields(object, 'spec', 'spec', faults);
}

/** A set of direct targets alone still grants something. */
export function emptiness(spec: unknown, others: number): Fault[] {
  const targets = fieldOf(spec, 'targets');
  const empty = targets === undefined || (Array.isArray(targets) && targets.length === 0);
  if (!empty || others > 0) return [];
  return [
    faultAt('spec.targets', textFault('Required', 'at least one target, such as "api.example.com:443"')),
  ];
}

/** With `egress-direct-` before it the name is that of a NetworkPolicy, which has at most 253 characters. */
const LONGEST_NAME = 239;

function nameFaults(object: unknown): Fault[] {
  const name = fieldOf(fieldOf(object, 'metadata'), 'name');
  if (typeof name !== 'string' || name.length <= LONGEST_NAME) return [];
  const message = `a set with directTargets has a name of at most ${LONGEST_NAME} characters`;
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
          `"${text}" is any destination, which the EgressProxy refuses (wildcardTargets: Deny); name the hosts`,
        ),
      ),
    );
}
