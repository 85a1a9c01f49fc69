import type { ClusterEgressRuleSet, EgressProxySpec } from '../../api/index.ts';
import type { ClusterNames } from '../target/index.ts';
import type { Labels } from './label-selector.ts';

/** Other objects that limit a rule set. Without them only the rule set itself is validated. */
export interface RuleSetContext {
  /** EgressProxies that could serve the set; it must be valid for each. */
  proxies?: readonly EgressProxySpec[];
  /** Cluster rule sets: a directTarget may not name a destination that one denies. */
  clusterRuleSets?: readonly ClusterEgressRuleSet[];
  /** Labels of the set's namespace; without them every cluster rule set applies. */
  namespaceLabels?: Labels;
  /** Names inside the cluster, of which a rule set is warned. */
  cluster?: ClusterNames;
}
