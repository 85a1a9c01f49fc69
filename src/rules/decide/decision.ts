import type { DecisionReason } from '../../api/index.ts';
import type { Address } from '../address/address.ts';
import type { Destination } from '../target/destination.ts';
import type { Labels } from '../validate/label-selector.ts';
import type { RuleSetIndex } from './rule-set-index.ts';
import type { DecisionSettings } from './settings.ts';

export interface PodClient {
  kind: 'pod';
  namespace: string;
  namespaceLabels: Labels;
  name: string;
  labels: Labels;
  mode: 'enforce' | 'observe';
  /** False where the namespace's pod-selector annotation leaves the pod out. */
  selected: boolean;
}

/** A client that is no pod, such as a node: served by cluster rule sets with clientCIDRs alone. */
export interface RangeClient {
  kind: 'range';
  address: Address;
}

export type Client = PodClient | RangeClient;

export interface EgressRequest {
  client: Client;
  method: string;
  /** As the client wrote it. */
  host: string;
  port: number;
  /** Lower case; undefined for CONNECT. */
  scheme: string | undefined;
}

/** Everything that a decision depends on beside the request. */
export interface Snapshot {
  book: RuleSetIndex;
  settings: DecisionSettings;
}

/** The rule that decided. */
export interface RuleRef {
  /** Undefined for a ClusterEgressRuleSet. */
  namespace: string | undefined;
  name: string;
  /** In spec.targets. */
  index: number;
  /** The target's canonical text. */
  target: string;
}

/** Who can change a refusal: the team with a rule, the operator, or nobody. */
export type Remedy = 'rule' | 'operator' | 'none';

/** Why a request is refused. */
export interface Refusal {
  reason: DecisionReason;
  /** The cluster rule that denies. */
  rule: RuleRef | undefined;
  /** What is special about this case, such as the name of the range; plain text without names from outside. */
  detail: string | undefined;
  remedy: Remedy;
}

export interface Allowed {
  verdict: 'allow';
  reason: 'RuleAllowed' | 'ObserveOnly';
  /** The rule that allows; undefined where observe lets pass what none does. */
  rule: RuleRef | undefined;
  /** In observe: what enforce would have answered. */
  wouldDeny: Refusal | undefined;
  destination: Destination;
  /** The upstreams that own the target, in order of preference; their parents resolve the name. */
  upstreams: readonly string[];
  /** Whether the name's addresses have to be resolved and judged before the request may leave. */
  mustResolve: boolean;
}

export interface Denied extends Refusal {
  verdict: 'deny';
  /** Undefined where the request could not be read. */
  destination: Destination | undefined;
}

export type Decision = Allowed | Denied;

/** `namespace/name#index`; for a cluster rule set `name#index`. */
export function formatRule({ namespace, name, index }: RuleRef): string {
  return `${namespace === undefined ? '' : `${namespace}/`}${name}#${index}`;
}

/** A refusal; without more said, no rule can change it. */
export function refusal(reason: DecisionReason, more: Partial<Omit<Refusal, 'reason'>> = {}): Refusal {
  return { reason, rule: undefined, detail: undefined, remedy: 'none', ...more };
}

/** A refusal as a decision. Also for what is refused before there is a client to decide about. */
export function deny(refused: Refusal, destination?: Destination): Denied {
  return { verdict: 'deny', destination, ...refused };
}
