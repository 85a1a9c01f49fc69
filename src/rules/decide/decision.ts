import type { DecisionReason } from '../../api/index.ts';
import type { Destination } from '../target/index.ts';
import type { RuleRef } from './request.ts';
import type { RuleSetIndex } from './rule-set-index.ts';
import type { DecisionSettings } from './settings.ts';

/** Everything besides the request that a decision depends on. */
export interface Snapshot {
  ruleSets: RuleSetIndex;
  settings: DecisionSettings;
}

/** What can lift a refusal: a rule of the team, the operator, or nothing. */
export type Remedy = 'rule' | 'operator' | 'none';

/** Why a request is refused. */
export interface Refusal {
  reason: DecisionReason;
  /** The cluster rule that denied. */
  rule: RuleRef | undefined;
  /** Detail of the reason, such as the name of the range; no text from outside. */
  detail: string | undefined;
  remedy: Remedy;
}

export interface Allowed {
  verdict: 'allow';
  reason: 'RuleAllowed' | 'ObserveOnly';
  /** The rule that allowed; undefined with ObserveOnly. */
  rule: RuleRef | undefined;
  /** In observe mode: the refusal that enforce would give. */
  wouldDeny: Refusal | undefined;
  destination: Destination;
  /** Names of the upstreams that own the target, in order of preference. They resolve the name. */
  upstreams: readonly string[];
  /** Whether checkResolved must check the name's addresses before the request may leave. */
  mustResolve: boolean;
}

export interface Denied extends Refusal {
  verdict: 'deny';
  /** Undefined if host or port is malformed. */
  destination: Destination | undefined;
}

export type Decision = Allowed | Denied;

/** A refusal that, by default, nothing can lift. */
export function refusal(reason: DecisionReason, more: Partial<Omit<Refusal, 'reason'>> = {}): Refusal {
  return { reason, rule: undefined, detail: undefined, remedy: 'none', ...more };
}

/** The decision that a refusal makes. */
export function deny(refused: Refusal, destination?: Destination): Denied {
  return { verdict: 'deny', destination, ...refused };
}
