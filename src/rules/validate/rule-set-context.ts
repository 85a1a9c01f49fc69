import type { ClusterEgressRuleSet, EgressProxySpec } from '../../api/index.ts';
import type { ClusterNames } from '../target/index.ts';
import type { Labels } from './label-selector.ts';

/** What a rule set is validated against besides itself: other objects that limit it, and the time. */
export interface RuleSetContext {
  /** EgressProxies that could serve the set; it must be valid for each. */
  proxies?: readonly EgressProxySpec[];
  /** Cluster rule sets: a directTarget may not name a destination that one denies. */
  clusterRuleSets?: readonly ClusterEgressRuleSet[];
  /** Labels of the set's namespace; without them every cluster rule set applies. */
  namespaceLabels?: Labels;
  /** Names inside the cluster, of which a rule set is warned. */
  cluster?: ClusterNames;
  /** Whether there is an EgressTargetGroup of the name. Without it references are not looked up. */
  hasTargetGroup?: (name: string) => boolean;
  /** Milliseconds since the epoch; without it a rule set may have expired. */
  now?: number;
  /** Whether the set is being created: then it must not have expired. */
  isNew?: boolean;
}
