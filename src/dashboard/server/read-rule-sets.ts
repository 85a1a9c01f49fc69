import {
  API_VERSION,
  type ClusterEgressRuleSet,
  clusterEgressRuleSetKind,
  type EgressRuleSet,
  egressRuleSetKind,
} from '../../api/index.ts';
import { type NamespaceRules, withTargets } from '../../rule-changes/index.ts';
import { renderTextFault, validateClusterEgressRuleSet, validateEgressRuleSet } from '../../rules/index.ts';
import type { SimulationView } from '../wire.ts';

type RuleSet = EgressRuleSet | ClusterEgressRuleSet;
type Faults = SimulationView['faults'];

/** The rule sets among objects that a viewer sent, and what is wrong with them. Other objects are left out. */
export function readRuleSets(
  objects: readonly unknown[],
  { namespace, proxy, clusterRuleSets }: NamespaceRules,
): { ruleSets: RuleSet[]; faults: Faults } {
  const ruleSets = objects.filter(isRuleSet);
  if (ruleSets.length === 0)
    return {
      ruleSets,
      faults: [{ ruleSet: '', message: 'there is no EgressRuleSet and no ClusterEgressRuleSet in it' }],
    };
  const context = { proxies: proxy === undefined ? [] : [proxy.spec], clusterRuleSets };
  const faults = ruleSets.flatMap((ruleSet) => {
    const validate =
      ruleSet.kind === egressRuleSetKind.kind ? validateEgressRuleSet : validateClusterEgressRuleSet;
    const found = validate(ruleSet, context).faults.map(
      ({ field, ...fault }) => `${field}: ${renderTextFault(fault)}`,
    );
    const { name } = ruleSet.metadata;
    return [...placeFaults(ruleSet, namespace), ...found].map((message) => ({ ruleSet: name, message }));
  });
  return { ruleSets: faults.length > 0 ? [] : ruleSets.map(withTargets), faults };
}

function placeFaults({ kind, metadata }: RuleSet, namespace: string): string[] {
  const of = metadata.namespace ?? namespace;
  return kind === egressRuleSetKind.kind && of !== namespace
    ? [`metadata.namespace: it is of ${of}; this is the page of ${namespace}`]
    : [];
}

/** Whether it is a rule set with a name. Its spec is not looked at. */
function isRuleSet(object: unknown): object is RuleSet {
  const { apiVersion, kind, metadata } = (object ?? {}) as Record<string, unknown>;
  const { name, namespace = '' } = (metadata ?? {}) as Record<string, unknown>;
  return (
    apiVersion === API_VERSION &&
    (kind === egressRuleSetKind.kind || kind === clusterEgressRuleSetKind.kind) &&
    typeof name === 'string' &&
    typeof namespace === 'string'
  );
}
