import type { Condition } from '../../api/index.ts';
import { type Fault, type NamespaceQuota, type QuotaPlace, renderFaults } from '../../rules/index.ts';
import { type ConditionUpdate, findCondition, listNames } from '../conditions.ts';
import { agreement, type ReplicaState } from '../state/replica-agreement.ts';

/** A proxy that serves a rule set. */
export interface ServingProxy {
  /** `namespace/name`. */
  key: string;
  /** The ready replicas. */
  replicas: readonly ReplicaState[];
}

/** An EgressProxy that does not use a set because older ones of the namespace use up the quota. */
export interface ExceededQuota {
  /** `namespace/name` of the EgressProxy. */
  proxy: string;
  quota: NamespaceQuota;
  /** The set and the older ones. */
  place: QuotaPlace;
}

/** The target groups that a rule set refers to. */
export interface ReferredGroups {
  /** Number of targets of those that grant something. */
  targets: number;
  /** Names of those that do not exist. */
  missing: readonly string[];
  /** Names of those with faults, which grant nothing either. */
  invalid: readonly string[];
}

export interface RuleSetInput {
  generation: number;
  /** Number of targets of its own. */
  targets: number;
  groups: ReferredGroups;
  faults: readonly Fault[];
  /** The proxies that decide by the set. */
  proxies: readonly ServingProxy[];
  exceeded: readonly ExceededQuota[];
  /** Whether the set has no effect any more. */
  expired: boolean;
  previous: readonly Condition[] | undefined;
}

export interface RuleSetStatusPlan {
  conditions: ConditionUpdate[];
  targets: number;
  proxies: string[];
}

/** The status of a rule set. It is Programmed once every ready replica applies this generation, and those of its target groups. */
export function planRuleSetStatus(input: RuleSetInput): RuleSetStatusPlan {
  const programmed = planEffect(input);
  const accepted = planAccepted(input);
  return {
    conditions: [accepted, programmed, planReady(programmed, accepted)],
    targets: input.targets + input.groups.targets,
    proxies: input.proxies.map(({ key }) => key).sort(),
  };
}

function planEffect(input: RuleSetInput): ConditionUpdate {
  if (input.faults.length > 0) return invalid(input.faults);
  if (input.expired)
    return programmedFalse(
      'Expired',
      'the rule set has expired and has no effect: set a later spec.expiresAt, or delete it',
    );
  return planProgrammed(input);
}

function planAccepted({ faults, groups: { missing, invalid } }: RuleSetInput): ConditionUpdate {
  if (faults.length > 0)
    return { type: 'Accepted', status: 'False', reason: 'Invalid', message: renderFaults(faults) };
  const accepted = { type: 'Accepted', status: 'True' } as const;
  if (missing.length > 0) {
    const message = `the spec is valid, but there is no EgressTargetGroup ${listNames(missing)}, which grants nothing: create it, or correct spec.targetGroups`;
    return { ...accepted, reason: 'TargetGroupNotFound', message };
  }
  if (invalid.length > 0) {
    const message = `the spec is valid, but EgressTargetGroup ${listNames(invalid)} has faults and grants nothing: kubectl egress lint lists them`;
    return { ...accepted, reason: 'TargetGroupInvalid', message };
  }
  return { ...accepted, reason: 'Accepted', message: 'the spec is valid' };
}

function invalid(faults: readonly Fault[]): ConditionUpdate {
  const fields = listNames([...new Set(faults.map(({ field }) => field))]);
  return programmedFalse('Invalid', `the rule set is not valid and has no effect: fix ${fields}`);
}

function planProgrammed({ proxies, exceeded, previous, generation }: RuleSetInput): ConditionUpdate {
  if (proxies.length === 0) {
    return programmedFalse(
      'NotServed',
      'no EgressProxy serves the namespaces of this rule set: opt a namespace in, or check namespaceSelector',
    );
  }
  if (exceeded.length > 0) return programmedFalse('QuotaExceeded', exceeded.map(describeExceeded).join('; '));
  const without = proxies.filter(({ replicas }) => replicas.length === 0).map(({ key }) => key);
  if (without.length > 0) {
    return programmedFalse(
      'NoReadyReplica',
      `these EgressProxies have no ready replica: ${listNames(without)}; check the pods of their Deployments`,
    );
  }
  const before = findCondition(previous, 'Programmed');
  const agreedBefore = before?.status === 'True' && before.observedGeneration === generation;
  const replicas = proxies.flatMap((proxy) => proxy.replicas);
  const outcome = agreement(replicas, agreedBefore);
  if (!outcome.agreed) return programmedFalse(outcome.reason, outcome.message);
  const message = `every ready replica of ${listNames(proxies.map(({ key }) => key))} applies this generation of the rule set`;
  return { type: 'Programmed', status: 'True', reason: 'Programmed', message };
}

function describeExceeded({ proxy, quota, place }: ExceededQuota): string {
  const sets = `${place.ruleSets} rule sets (at most ${quota.ruleSets})`;
  const targets = `${place.targets} targets (at most ${quota.targets})`;
  return `EgressProxy ${proxy} does not use this rule set, which grants nothing: together with the older ones of the namespace it makes ${sets} with ${targets}. Delete rule sets or targets, or have spec.limits of the EgressProxy raised`;
}

function programmedFalse(reason: ConditionUpdate['reason'], message: string): ConditionUpdate {
  return { type: 'Programmed', status: 'False', reason, message };
}

/** A rule set that lacks a group is in effect, and not as it was meant. */
function planReady(programmed: ConditionUpdate, accepted: ConditionUpdate): ConditionUpdate {
  if (programmed.status !== 'True') return { ...programmed, type: 'Ready' };
  if (accepted.reason !== 'Accepted') return { ...accepted, type: 'Ready', status: 'False' };
  return { type: 'Ready', status: 'True', reason: 'Ready', message: 'the rule set is in effect' };
}
