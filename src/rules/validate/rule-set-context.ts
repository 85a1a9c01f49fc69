import type { ClusterEgressRuleSet, EgressProxySpec } from '../../api/index.ts';
import type { Labels } from './label-selector.ts';

/** What decides beside the object itself. Without it only the object is judged. */
export interface RuleSetContext {
  /** The EgressProxies that could serve the set; the set has to suit each. */
  proxies?: readonly EgressProxySpec[];
  /** The cluster's guard rails: a directTarget may not name what one denies. */
  clusterRuleSets?: readonly ClusterEgressRuleSet[];
  /** Of the set's namespace; without them every cluster rule set counts. */
  namespaceLabels?: Labels;
}
