import type { Address } from '../address/index.ts';
import type { Labels } from '../validate/index.ts';
import type { Block } from './block.ts';

export interface PodClient {
  kind: 'pod';
  namespace: string;
  namespaceLabels: Labels;
  name: string;
  labels: Labels;
  mode: 'enforce' | 'observe' | 'blocked';
  /** With mode `blocked`: by whom. */
  block?: Block;
  /** False if the namespace's pod-selector annotation excludes the pod. */
  selected: boolean;
}

/** A client that is not a pod, such as a node: only cluster rule sets with clientCIDRs apply to it. */
export interface RangeClient {
  kind: 'range';
  address: Address;
}

export type Client = PodClient | RangeClient;

/** A request to the proxy, as it is decided. */
export interface ProxyRequest {
  client: Client;
  method: string;
  /** Host as the client wrote it. */
  host: string;
  port: number;
  /** Scheme in lower case; undefined for CONNECT. */
  scheme: string | undefined;
}

/** Reference to a rule: one target of a rule set, or of a target group that the set refers to. */
export interface RuleRef {
  /** Undefined for a ClusterEgressRuleSet. */
  namespace: string | undefined;
  name: string;
  /** The EgressTargetGroup; absent: the target is the set's own. */
  group?: string;
  /** Index in spec.targets, of the group or of the set. */
  index: number;
  /** Canonical text of the target. */
  target: string;
}

/** `namespace/name#index`, or `name#index` for a cluster rule set; `#group/index` for a target of a group. */
export function formatRule({ namespace, name, group, index }: RuleRef): string {
  const set = namespace === undefined ? name : `${namespace}/${name}`;
  return group === undefined ? `${set}#${index}` : `${set}#${group}/${index}`;
}

/** The parts of a rule's text, as `formatRule` has it; undefined if it is none. */
export function parseRule(text: string): Omit<RuleRef, 'target'> | undefined {
  const [, namespace, name, group, index] = RULE.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { namespace, name, ...(group !== undefined && { group }), index: Number(index) };
}

const RULE = /^(?:([^/#]+)\/)?([^/#]+)#(?:([^/#]+)\/)?(\d{1,6})$/;
