import { listed, type Stated } from '../conditions.ts';

/** What one way turned out to be that a policy of ours closes. `unknown`: why it could not be told. */
export type Way = { kind: 'closed' } | { kind: 'open' } | { kind: 'unknown'; why: string };

/** What a probe of one ready replica found. */
export interface ProbedReplica {
  /** `namespace/name` of the pod. */
  name: string;
  /** The way that the policies leave open to us. Without it a closed way says nothing. */
  reachable: boolean;
  /** From the controller to the replica's proxy port, which its ingress policy opens for clients only. */
  ingress: Way;
  /** From the replica back to the controller, which its egress policy closes as all of the cluster. */
  egress: Way;
}

/**
 * Whether the cluster's network enforces NetworkPolicy. One way that stands open shows that it does not; that it does
 * takes a replica to which the allowed way is open and the forbidden one is not.
 */
export function judgeProbe(replicas: readonly ProbedReplica[]): Stated {
  const open = replicas.flatMap(openWays);
  if (open.length > 0) {
    return stated(
      'False',
      'NotEnforced',
      `NetworkPolicies have no effect: ${listed(open)}; pods can go around the proxy until the cluster has a CNI that enforces them`,
    );
  }
  const telling = replicas.filter(({ reachable, ingress }) => reachable && ingress.kind === 'closed');
  const [first] = telling;
  if (first === undefined) return stated('Unknown', 'ProbeInconclusive', whyInconclusive(replicas));
  return stated('True', 'Enforced', enforcedMessage(telling.map(({ egress }) => egress)));
}

function openWays({ name, ingress, egress }: ProbedReplica): string[] {
  return [
    ...(ingress.kind === 'open' ? [`the proxy port of ${name} lets in who is no client`] : []),
    ...(egress.kind === 'open' ? [`${name} can connect to a pod of the cluster`] : []),
  ];
}

function enforcedMessage(egress: readonly Way[]): string {
  const what = 'a connection that a NetworkPolicy closes does not come through';
  if (egress.some(({ kind }) => kind === 'closed')) return `${what}, neither in nor out`;
  const [why] = egress.flatMap((way) => (way.kind === 'unknown' ? [way.why] : []));
  return `${what} into the proxy's pods; the way out was not probed: ${why}`;
}

function whyInconclusive(replicas: readonly ProbedReplica[]): string {
  if (replicas.length === 0) return 'no replica is ready to be probed';
  const reasons = replicas.map(({ name, reachable, ingress }) => {
    if (!reachable) return `${name} cannot be reached at all`;
    return ingress.kind === 'unknown' ? `${name}: ${ingress.why}` : name;
  });
  return `it cannot be told whether NetworkPolicies are enforced: ${listed(reasons)}`;
}

function stated(status: Stated['status'], reason: Stated['reason'], message: string): Stated {
  return { type: 'Enforced', status, reason, message };
}
