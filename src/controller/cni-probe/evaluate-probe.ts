import { type ConditionUpdate, listNames } from '../conditions.ts';

/**
 * Result of trying a path that a policy of ours denies. `unknown`: why it could not be tried. `unconfirmed`: it is open, but
 * not for long enough to say so.
 */
export type ProbedPath =
  | { kind: 'closed' }
  | { kind: 'open' }
  | { kind: 'unknown'; why: string }
  | { kind: 'unconfirmed'; why: string };

/** Result of the probe of one ready replica. */
export interface ProbedReplica {
  /** `namespace/name` of the pod. */
  name: string;
  /** Whether the path that the policies allow is open. Without it, a closed path proves nothing. */
  reachable: boolean;
  /** From the controller to the proxy port, which the ingress policy allows for clients only. */
  ingress: ProbedPath;
  /** From the replica back to the controller, which the egress policy denies as it denies all of the cluster. */
  egress: ProbedPath;
}

/**
 * Whether the cluster's network enforces NetworkPolicy. One open path proves that it does not. The opposite is proven by
 * a replica whose allowed path is open and whose denied path is closed.
 */
export function evaluateProbe(replicas: readonly ProbedReplica[]): ConditionUpdate {
  const open = replicas.flatMap(openPaths);
  if (open.length > 0) {
    const message = `NetworkPolicies have no effect, so pods can bypass the proxy: ${listNames(open)}. Install a CNI plugin that enforces NetworkPolicy, or enable its enforcement`;
    return enforced('False', 'NotEnforced', message);
  }
  const conclusive = replicas.filter(
    ({ reachable, ingress, egress }) =>
      reachable && ingress.kind === 'closed' && egress.kind !== 'unconfirmed',
  );
  if (conclusive.length === 0) return enforced('Unknown', 'ProbeInconclusive', whyInconclusive(replicas));
  return enforced('True', 'Enforced', enforcedMessage(conclusive.map(({ egress }) => egress)));
}

function openPaths({ name, ingress, egress }: ProbedReplica): string[] {
  return [
    ...(ingress.kind === 'open' ? [`the proxy port of ${name} accepts connections from non-clients`] : []),
    ...(egress.kind === 'open' ? [`${name} can connect to pods of the cluster`] : []),
  ];
}

function enforcedMessage(egress: readonly ProbedPath[]): string {
  if (egress.some(({ kind }) => kind === 'closed')) {
    return 'connections that a NetworkPolicy denies are blocked, into the pods of the proxy and out of them';
  }
  const [why] = egress.flatMap((path) => (path.kind === 'unknown' ? [path.why] : []));
  return `connections that a NetworkPolicy denies are blocked into the pods of the proxy; egress was not probed: ${why}`;
}

function whyInconclusive(replicas: readonly ProbedReplica[]): string {
  if (replicas.length === 0) return 'no replica is ready to be probed';
  const reasons = replicas.map(({ name, reachable, ingress, egress }) => {
    if (!reachable) return `${name} is not reachable at all`;
    const [why] = [ingress, egress].flatMap((path) => ('why' in path ? [path.why] : []));
    return why === undefined ? name : `${name}: ${why}`;
  });
  return `it is unknown whether NetworkPolicies are enforced: ${listNames(reasons)}`;
}

function enforced(
  status: ConditionUpdate['status'],
  reason: ConditionUpdate['reason'],
  message: string,
): ConditionUpdate {
  return { type: 'Enforced', status, reason, message };
}
