import type {
  ClusterEgressRuleSet,
  EgressProxy,
  EgressRuleSet,
  EgressTargetGroup,
  Mode,
} from '../api/index.ts';
import {
  buildSettings,
  type Client,
  type Decision,
  decide,
  type Labels,
  quotaOf,
  RuleSetIndex,
  type Snapshot,
  withinQuota,
} from '../rules/index.ts';

/** What decides the requests of a namespace's pods. */
export interface NamespaceRules {
  namespace: string;
  namespaceLabels: Labels;
  mode: Mode;
  /** Undefined if it is not known: then no setting of a proxy limits the rules. */
  proxy: EgressProxy | undefined;
  /** Rule sets of the namespace; with ruleSetScope Cluster, of all namespaces. */
  ruleSets: readonly EgressRuleSet[];
  clusterRuleSets: readonly ClusterEgressRuleSet[];
  /** Absent if they are not known: then references to them grant nothing. */
  targetGroups?: readonly EgressTargetGroup[];
  /** Milliseconds since the epoch: rule sets that have expired by then decide nothing. */
  now: number;
}

/** Decides for a pod with these labels; `host` and `port` as the client writes them. */
export type Evaluate = (request: { host: string; port: number; labels?: Labels }) => Decision;

/**
 * Decides as the agents of the namespace's proxy do in enforce mode, before the name is resolved. In a blocked namespace
 * everything is refused.
 */
export function evaluatorOf(rules: NamespaceRules): Evaluate {
  const snapshot = snapshotOf(rules);
  return ({ host, port, labels = {} }) =>
    decide({ client: clientOf(rules, labels), method: 'CONNECT', host, port, scheme: undefined }, snapshot);
}

/** A pod of the namespace with these labels, for which the rules hold. */
export function clientOf({ namespace, namespaceLabels, mode }: NamespaceRules, labels: Labels): Client {
  return {
    kind: 'pod',
    namespace,
    namespaceLabels,
    name: 'any',
    labels,
    mode: mode === 'blocked' ? 'blocked' : 'enforce',
    selected: true,
  };
}

const unknownProxy: EgressProxy = {
  apiVersion: '',
  kind: 'EgressProxy',
  metadata: { name: '' },
  spec: {},
};

function snapshotOf({
  proxy = unknownProxy,
  ruleSets,
  clusterRuleSets,
  targetGroups = [],
  now,
}: NamespaceRules): Snapshot {
  const index = new RuleSetIndex();
  index.setTime(now);
  for (const group of targetGroups) index.setGroup(group);
  for (const sets of byNamespace(ruleSets).values())
    for (const ruleSet of withinQuota(sets, quotaOf(proxy.spec))) index.setRuleSet(ruleSet);
  for (const ruleSet of clusterRuleSets) index.setClusterRuleSet(ruleSet);
  const { clusterIP } = proxy.spec.service ?? {};
  return { ruleSets: index, settings: buildSettings(proxy, clusterIP === undefined ? [] : [clusterIP]) };
}

function byNamespace(ruleSets: readonly EgressRuleSet[]): Map<string, EgressRuleSet[]> {
  const groups = new Map<string, EgressRuleSet[]>();
  for (const ruleSet of ruleSets) {
    const { namespace = '' } = ruleSet.metadata;
    groups.set(namespace, [...(groups.get(namespace) ?? []), ruleSet]);
  }
  return groups;
}

/** Host and port of a target `host:port`; undefined if it has no port. */
export function splitHostPort(target: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(target) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
