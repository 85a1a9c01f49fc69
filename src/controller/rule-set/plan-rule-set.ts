import type { Condition } from '../../api/index.ts';
import { type Fault, renderFaults } from '../../rules/index.ts';
import { findCondition, listed, type Stated } from '../conditions.ts';
import { agreement, type ReplicaState } from '../generations/index.ts';

/** A proxy that serves a rule set. */
export interface ServingProxy {
  /** `namespace/name`. */
  key: string;
  /** Its ready replicas. */
  replicas: readonly ReplicaState[];
}

export interface RuleSetInput {
  generation: number;
  targets: number;
  faults: readonly Fault[];
  /** The proxies that decide by the set. */
  proxies: readonly ServingProxy[];
  previous: readonly Condition[] | undefined;
}

export interface RuleSetStatusPlan {
  conditions: Stated[];
  targets: number;
  proxies: string[];
}

/** What the status of a rule set says. Programmed is the truth: every ready replica decides by this generation. */
export function planRuleSetStatus(input: RuleSetInput): RuleSetStatusPlan {
  const programmed = input.faults.length > 0 ? invalid(input.faults) : planProgrammed(input);
  return {
    conditions: [planAccepted(input.faults), programmed, planReady(programmed)],
    targets: input.targets,
    proxies: input.proxies.map(({ key }) => key).sort(),
  };
}

function planAccepted(faults: readonly Fault[]): Stated {
  return faults.length === 0
    ? { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the set is valid' }
    : { type: 'Accepted', status: 'False', reason: 'Invalid', message: renderFaults(faults) };
}

function invalid(faults: readonly Fault[]): Stated {
  const fields = listed([...new Set(faults.map(({ field }) => field))]);
  return programmedFalse('Invalid', `what does not parse grants nothing: ${fields}`);
}

function planProgrammed({ proxies, previous, generation }: RuleSetInput): Stated {
  if (proxies.length === 0) {
    return programmedFalse('NotServed', 'no EgressProxy serves the namespaces that the set is for');
  }
  const without = proxies.filter(({ replicas }) => replicas.length === 0).map(({ key }) => key);
  if (without.length > 0) {
    return programmedFalse(
      'NoReadyReplica',
      `no replica of these EgressProxies is ready: ${listed(without)}`,
    );
  }
  const before = findCondition(previous, 'Programmed');
  const agreedBefore = before?.status === 'True' && before.observedGeneration === generation;
  const replicas = proxies.flatMap((proxy) => proxy.replicas);
  const outcome = agreement(replicas, agreedBefore);
  if (!outcome.agreed) return programmedFalse(outcome.reason, outcome.message);
  const message = `every ready replica of ${listed(proxies.map(({ key }) => key))} decides by it`;
  return { type: 'Programmed', status: 'True', reason: 'Programmed', message };
}

function programmedFalse(reason: Stated['reason'], message: string): Stated {
  return { type: 'Programmed', status: 'False', reason, message };
}

function planReady(programmed: Stated): Stated {
  return programmed.status === 'True'
    ? { type: 'Ready', status: 'True', reason: 'Ready', message: 'the set holds' }
    : { ...programmed, type: 'Ready' };
}
