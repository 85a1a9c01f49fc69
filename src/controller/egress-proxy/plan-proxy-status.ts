import type { Condition, ConditionReason, Discovered, EgressProxyStatus } from '../../api/index.ts';
import type { Deployment } from '../../kube/index.ts';
import { type Fault, renderFaults } from '../../rules/index.ts';
import { type ConditionUpdate, findCondition } from '../conditions.ts';
import type { FactProblem } from '../discovery/index.ts';
import { describeConflicts } from '../objects/index.ts';
import { agreement, type ReplicaState } from '../state/replica-agreement.ts';
import type { GatheredBundle } from '../trust-bundle/gather-bundle.ts';

/** Result of applying the objects of a proxy. */
export interface ApplyOutcome {
  /** Objects that exist under our names and are not ours, as `kind namespace/name`. */
  conflicts: readonly string[];
  failure: { reason: ConditionReason; message: string } | undefined;
}

export interface ProxyStatusInput {
  generation: number;
  faults: readonly Fault[];
  outcome: ApplyOutcome;
  /** Undefined until it exists. */
  deployment: Pick<Deployment, 'metadata' | 'spec' | 'status'> | undefined;
  replicas: readonly ReplicaState[];
  url: string;
  effectiveNoProxy: string;
  namespaces: number;
  discovered: Discovered;
  factProblems: readonly FactProblem[];
  trust: GatheredBundle;
  transparentImage: string | undefined;
  /** Addresses of the Service of the nameserver for pods; empty without one. */
  dnsAddresses: readonly string[];
  /** The addresses that the status has. */
  previousDnsAddresses: readonly string[];
  previous: readonly Condition[] | undefined;
}

export interface ProxyStatusPlan {
  conditions: ConditionUpdate[];
  status: Omit<EgressProxyStatus, 'conditions' | 'observedGeneration'>;
}

/** The status of an EgressProxy. */
export function planProxyStatus(input: ProxyStatusInput): ProxyStatusPlan {
  const { deployment, url, effectiveNoProxy, namespaces, discovered, trust, transparentImage } = input;
  const readyReplicas = deployment?.status?.readyReplicas ?? 0;
  return {
    conditions: [
      planAccepted(input.faults),
      planProgrammed(input),
      planReady(readyReplicas),
      planClusterFacts(input.factProblems),
      ...(trust.condition ? [trust.condition] : []),
    ],
    status: {
      url,
      effectiveNoProxy,
      readyReplicas,
      replicas: deployment?.status?.replicas ?? 0,
      namespaces,
      discovered,
      ...(transparentImage !== undefined && { transparentImage }),
      ...(isNameserverUsable(input) && { dnsAddresses: [...input.dnsAddresses] }),
      ...(trust.hash !== undefined && { trustBundle: trust.hash }),
    },
  };
}

/**
 * Pods get the nameserver, and their policies close the cluster's DNS, once it runs in every pod of the proxy. It stays
 * usable then: a rollout keeps old pods until new ones are ready.
 */
function isNameserverUsable({ dnsAddresses, previousDnsAddresses, deployment }: ProxyStatusInput): boolean {
  if (dnsAddresses.length === 0) return false;
  if (previousDnsAddresses.length > 0) return true;
  return deployment !== undefined && isRolledOut(deployment) && (deployment.status?.readyReplicas ?? 0) > 0;
}

function planAccepted(faults: readonly Fault[]): ConditionUpdate {
  if (faults.length === 0) {
    return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the spec is valid' };
  }
  const message = `${renderFaults(faults)}\nthe running configuration is kept`;
  return { type: 'Accepted', status: 'False', reason: 'Invalid', message };
}

function planProgrammed(input: ProxyStatusInput): ConditionUpdate {
  const obstacle = obstacleOf(input);
  if (obstacle !== undefined) return { type: 'Programmed', status: 'False', ...obstacle };
  const message = 'all objects are applied and every ready replica uses this generation';
  return { type: 'Programmed', status: 'True', reason: 'Programmed', message };
}

type Obstacle = Pick<ConditionUpdate, 'reason' | 'message'>;

/** The first reason why the proxy is not programmed. A cause comes before its consequences. */
function obstacleOf(input: ProxyStatusInput): Obstacle | undefined {
  const { faults, outcome, deployment } = input;
  if (faults.length > 0)
    return { reason: 'Invalid', message: 'the spec is not valid: see the condition Accepted' };
  if (outcome.conflicts.length > 0) {
    return { reason: 'Conflict', message: describeConflicts(outcome.conflicts) };
  }
  if (outcome.failure !== undefined) return outcome.failure;
  if ((deployment?.status?.readyReplicas ?? 0) === 0 || input.replicas.length === 0) {
    return { reason: 'NoReadyReplica', message: 'no replica is ready yet: check the pods of the Deployment' };
  }
  if (deployment !== undefined && !isRolledOut(deployment)) {
    return {
      reason: 'Pending',
      message: 'rollout in progress: replicas with an older configuration are being replaced',
    };
  }
  return disagreement(input);
}

function isRolledOut({ metadata, status }: NonNullable<ProxyStatusInput['deployment']>): boolean {
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.updatedReplicas ?? 0) === (status?.replicas ?? 0)
  );
}

function disagreement({ replicas, previous, generation }: ProxyStatusInput): Obstacle | undefined {
  const before = findCondition(previous, 'Programmed');
  const agreedBefore = before?.status === 'True' && before.observedGeneration === generation;
  const outcome = agreement(replicas, agreedBefore);
  return outcome.agreed ? undefined : { reason: outcome.reason, message: outcome.message };
}

function planReady(readyReplicas: number): ConditionUpdate {
  return readyReplicas > 0
    ? {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message: `${readyReplicas} ${readyReplicas === 1 ? 'replica is' : 'replicas are'} ready`,
      }
    : {
        type: 'Ready',
        status: 'False',
        reason: 'NoReadyReplica',
        message: 'no replica is ready: check the pods of the Deployment',
      };
}

function planClusterFacts(problems: readonly FactProblem[]): ConditionUpdate {
  const [first] = problems;
  if (first === undefined) {
    const message = 'the facts of the cluster are found, and nothing contradicts them: see status.discovered';
    return { type: 'ClusterFacts', status: 'True', reason: 'ClusterFactsFound', message };
  }
  const message = problems.map((problem) => problem.message).join('\n');
  return { type: 'ClusterFacts', status: 'False', reason: first.reason, message };
}
