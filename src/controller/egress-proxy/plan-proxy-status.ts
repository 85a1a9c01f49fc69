import type { Condition, Discovered, EgressProxyStatus } from '../../api/index.ts';
import type { Deployment } from '../../kube/index.ts';
import { type Fault, renderFaults } from '../../rules/index.ts';
import { findCondition, listed, type Stated } from '../conditions.ts';
import { agreement, type ReplicaState } from '../generations/index.ts';
import type { GatheredBundle } from '../trust-bundle/index.ts';

/** What applying the proxy's objects came to. */
export interface ApplyOutcome {
  /** Objects that somebody else made, as `kind namespace/name`. */
  conflicts: readonly string[];
  failure: { reason: 'PermissionDenied' | 'NotReady'; message: string } | undefined;
}

export interface ProxyStatusInput {
  generation: number;
  faults: readonly Fault[];
  outcome: ApplyOutcome;
  /** Undefined before the first one is there. */
  deployment: Pick<Deployment, 'metadata' | 'spec' | 'status'> | undefined;
  replicas: readonly ReplicaState[];
  url: string;
  effectiveNoProxy: string;
  namespaces: number;
  discovered: Discovered;
  trust: GatheredBundle;
  transparentImage: string | undefined;
  previous: readonly Condition[] | undefined;
}

export interface ProxyStatusPlan {
  conditions: Stated[];
  status: Omit<EgressProxyStatus, 'conditions' | 'observedGeneration'>;
}

/** What the status of an EgressProxy says. */
export function planProxyStatus(input: ProxyStatusInput): ProxyStatusPlan {
  const { deployment, url, effectiveNoProxy, namespaces, discovered, trust, transparentImage } = input;
  const readyReplicas = deployment?.status?.readyReplicas ?? 0;
  return {
    conditions: [
      planAccepted(input.faults),
      planProgrammed(input),
      planReady(readyReplicas),
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
      ...(trust.hash !== undefined && { trustBundle: trust.hash }),
    },
  };
}

function planAccepted(faults: readonly Fault[]): Stated {
  if (faults.length === 0) {
    return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the spec is valid' };
  }
  const message = `${renderFaults(faults)}\nwhat runs goes on as it is`;
  return { type: 'Accepted', status: 'False', reason: 'Invalid', message };
}

function planProgrammed(input: ProxyStatusInput): Stated {
  const obstacle = obstacleOf(input);
  if (obstacle !== undefined) return { type: 'Programmed', status: 'False', ...obstacle };
  const message = 'all objects are in place and every ready replica decides by this generation';
  return { type: 'Programmed', status: 'True', reason: 'Programmed', message };
}

type Obstacle = Pick<Stated, 'reason' | 'message'>;

/** The first reason why it is not programmed, the one that explains the others first. */
function obstacleOf(input: ProxyStatusInput): Obstacle | undefined {
  const { faults, outcome, deployment } = input;
  if (faults.length > 0) return { reason: 'Invalid', message: 'the spec is not accepted' };
  if (outcome.conflicts.length > 0) return conflict(outcome.conflicts);
  if (outcome.failure !== undefined) return outcome.failure;
  if ((deployment?.status?.readyReplicas ?? 0) === 0 || input.replicas.length === 0) {
    return { reason: 'NoReadyReplica', message: 'no replica is ready yet' };
  }
  if (deployment !== undefined && !isRolledOut(deployment)) {
    return { reason: 'Pending', message: 'replicas of an older configuration are being replaced' };
  }
  return disagreement(input);
}

function conflict(conflicts: readonly string[]): Obstacle {
  const message = `somebody else made ${listed(conflicts)}: delete or rename it, or hand it over with the annotation egress.zalando.org/adopt: "true"`;
  return { reason: 'Conflict', message };
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

function planReady(readyReplicas: number): Stated {
  return readyReplicas > 0
    ? { type: 'Ready', status: 'True', reason: 'Ready', message: `${readyReplicas} replicas are ready` }
    : { type: 'Ready', status: 'False', reason: 'NoReadyReplica', message: 'no replica is ready' };
}
