import { annotation, type EgressRuleSet, label, MANAGER } from '../../api/index.ts';
import { SharedValues } from '../../bounded/index.ts';
import { trimRuleSet } from '../../cluster/index.ts';
import { type RuleSetSuffixes, suffixesOf } from '../../injection/index.ts';
import type { ConfigMap, KubeObject, NetworkPolicy, Node, Service } from '../../kube/index.ts';
import type { NodeView } from '../discovery/index.ts';
import { hashFiles } from '../trust-bundle/read-bundle.ts';
import { trimObject } from './trim-object.ts';

type Cached = { metadata: { name: string; namespace?: string; resourceVersion: string } };

export interface CachedNode extends Cached, NodeView {}

export function trimNode({ metadata, spec, status }: Node): CachedNode {
  const { name, resourceVersion = '' } = metadata;
  const nodeAddresses = (status?.addresses ?? []).filter(
    ({ type }) => type === 'InternalIP' || type === 'ExternalIP',
  );
  return {
    metadata: { name, resourceVersion },
    podCIDRs: spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]),
    addresses: nodeAddresses.map(({ address }) => address),
  };
}

export interface CachedService extends Cached {
  metadata: Cached['metadata'] & { namespace: string };
  /** Milliseconds since the epoch. */
  createdAt: number;
  clusterIPs: readonly string[];
  isHeadless: boolean;
  selector: Record<string, string> | undefined;
  /** The whole Service, if it is ours. */
  ours: Service | undefined;
}

/** Labels in the selector of a Service that is cached: those of DNS Services have one or two, a tenant's any number. */
const MOST_SELECTED = 16;

export function trimService(service: Service): CachedService {
  const { metadata, spec } = service;
  const { name, namespace = '', resourceVersion = '', labels, creationTimestamp } = metadata;
  return {
    metadata: { name, namespace, resourceVersion },
    createdAt: creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp),
    clusterIPs: (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None'),
    isHeadless: spec?.clusterIP === 'None',
    selector:
      spec?.selector && Object.keys(spec.selector).length <= MOST_SELECTED ? spec.selector : undefined,
    ours: labels?.[label.managedBy] === MANAGER ? service : undefined,
  };
}

export interface CachedTrustCopy extends Cached {
  hash: string;
}

export function trimTrustCopy({ metadata, data }: ConfigMap): CachedTrustCopy {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  return { metadata: { name, namespace, resourceVersion }, hash: hashFiles(data) };
}

/** Its suffixes are read when it arrives: those of all sets of a namespace together take too long. */
export interface CachedRuleSet extends EgressRuleSet, RuleSetSuffixes {}

/** One for all the sets that refer to no group. */
const none: readonly string[] = [];

/** A rule set with what its status is compared with. Labels and annotations, which a tenant may fill, are dropped. */
export function trimRuleSetWithStatus(ruleSet: EgressRuleSet): CachedRuleSet {
  const trimmed = trimObject(ruleSet);
  const { labels: _, annotations: __, ...metadata } = trimmed.metadata as KubeObject['metadata'];
  const { spec } = trimRuleSet(ruleSet);
  return {
    ...trimmed,
    metadata: metadata as EgressRuleSet['metadata'],
    spec,
    suffixes: suffixesOf(spec.targets),
    targetGroups: spec.targetGroups ?? none,
  };
}

/** The policies of namespaces with the same settings open the same. */
const policySpecs = new SharedValues(1000);

/** What a policy that is not ours opens, without its labels and annotations, which can be large; ours whole. */
export function trimPolicy(policy: NetworkPolicy): NetworkPolicy {
  const { labels, annotations, ...metadata } = policy.metadata;
  if (labels?.[label.managedBy] === MANAGER) {
    return { ...trimObject(policy), ...(policy.spec && { spec: policySpecs.share(policy.spec) }) };
  }
  const adopt = annotations?.[annotation.adopt];
  return trimObject({
    ...policy,
    metadata: { ...metadata, ...(adopt !== undefined && { annotations: { [annotation.adopt]: adopt } }) },
  });
}
