import {
  API_VERSION,
  type ClusterEgressRuleSet,
  type ClusterEgressRuleSetSpec,
  type EgressProxySpec,
  type EgressRuleSet,
  type EgressRuleSetSpec,
  type EgressTargetGroup,
} from '../../api/index.ts';
import type { Snapshot } from './decision.ts';
import type { PodClient, ProxyRequest } from './request.ts';
import { RuleSetIndex } from './rule-set-index.ts';
import { buildSettings } from './settings.ts';

export type AnyRuleSet = EgressRuleSet | ClusterEgressRuleSet;
export type Indexed = AnyRuleSet | EgressTargetGroup;

export function ruleSet(
  namespace: string,
  targets: string[],
  more: Partial<EgressRuleSetSpec> & { name?: string } = {},
): EgressRuleSet {
  const { name = 'rules', ...spec } = more;
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { namespace, name },
    spec: { targets, ...spec },
  };
}

export function clusterRuleSet(
  targets: string[],
  more: Partial<ClusterEgressRuleSetSpec> & { name?: string } = {},
): ClusterEgressRuleSet {
  const { name = 'guard-rails', ...spec } = more;
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterEgressRuleSet',
    metadata: { name },
    spec: { targets, ...spec },
  };
}

export function targetGroup(name: string, targets: string[]): EgressTargetGroup {
  return { apiVersion: API_VERSION, kind: 'EgressTargetGroup', metadata: { name }, spec: { targets } };
}

export function addTo(ruleSets: RuleSetIndex, set: Indexed): void {
  if (set.kind === 'EgressRuleSet') ruleSets.setRuleSet(set);
  else if (set.kind === 'EgressTargetGroup') ruleSets.setGroup(set);
  else ruleSets.setClusterRuleSet(set);
}

export function removeFrom(ruleSets: RuleSetIndex, { kind, metadata }: Indexed): void {
  if (kind === 'EgressTargetGroup') ruleSets.deleteGroup(metadata.name);
  else if (kind === 'EgressRuleSet') ruleSets.deleteRuleSet(metadata.namespace ?? '', metadata.name);
  else ruleSets.deleteClusterRuleSet(metadata.name);
}

export function ruleSetIndexOf(sets: readonly Indexed[]): RuleSetIndex {
  const ruleSets = new RuleSetIndex();
  for (const set of sets) addTo(ruleSets, set);
  return ruleSets;
}

/** `10.8.0.1` and `10.8.0.2` are the proxy's own pods. */
export function snapshotOf(sets: readonly Indexed[], spec: EgressProxySpec = {}): Snapshot {
  const status = { discovered: { clusterDomain: 'cluster.local', podCIDRs: ['10.8.0.0/16'] } };
  const settings = buildSettings({ metadata: { namespace: 'egress-proxy', name: 'squid' }, spec, status }, [
    '10.8.0.1',
    '10.8.0.2',
    '198.18.0.1',
  ]);
  return { ruleSets: ruleSetIndexOf(sets), settings };
}

export function podClient(more: Partial<PodClient> = {}): PodClient {
  return {
    kind: 'pod',
    namespace: 'my-app',
    namespaceLabels: {},
    name: 'api-1',
    labels: { app: 'api' },
    mode: 'enforce',
    selected: true,
    ...more,
  };
}

/** A CONNECT to `host:port`. */
export function requestTo(target: string, more: Partial<ProxyRequest> = {}): ProxyRequest {
  const colon = target.lastIndexOf(':');
  return {
    client: podClient(),
    method: 'CONNECT',
    host: target.slice(0, colon),
    port: Number(target.slice(colon + 1)),
    scheme: undefined,
    ...more,
  };
}
