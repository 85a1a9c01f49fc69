import { spawnSync } from 'node:child_process';

/** Who tries: a user with every right in the cluster but `bypass`, one with that too, or an identity of its own. */
export const who = {
  tenant: ['--as=tom', '--as-group=tenants'],
  /** Every right on the core group in the namespace `enforced`, and none elsewhere. */
  namespaceTenant: ['--as=nina', '--as-group=namespace-tenants'],
  /** Every right on zalando.org in the namespace `enforced`, the verbs approve and approve-own on requests included. */
  approver: ['--as=anna', '--as-group=approvers'],
  /** What the ClusterRole kube-egress-approve gives, in the namespace `enforced`. */
  colleague: ['--as=pia', '--as-group=colleagues'],
  operator: ['--as=olga', '--as-group=operators'],
  controller: ['--as=system:serviceaccount:kube-egress-system:kube-egress-controller', '--as-group=tenants'],
  garbageCollector: [
    '--as=system:serviceaccount:kube-system:generic-garbage-collector',
    '--as-group=tenants',
  ],
  namespaceController: ['--as=system:serviceaccount:kube-system:namespace-controller', '--as-group=tenants'],
  deploymentController: [
    '--as=system:serviceaccount:kube-system:deployment-controller',
    '--as-group=tenants',
  ],
  replicaSetController: [
    '--as=system:serviceaccount:kube-system:replicaset-controller',
    '--as-group=tenants',
  ],
  node: ['--as=system:node:node-1', '--as-group=system:nodes', '--as-group=tenants'],
  endpointSliceController: [
    '--as=system:serviceaccount:kube-system:endpointslice-controller',
    '--as-group=tenants',
  ],
} as const;
export type Who = keyof typeof who;

export interface Attempt {
  name: string;
  who: Who;
  /** kubectl's arguments; the object goes to its stdin. */
  kubectl: string;
  object?: unknown;
  /** A part of the message; undefined: the attempt is let through. */
  refused?: string;
}

export interface Outcome {
  ok: boolean;
  text: string;
}

export function kubectl(kubeconfig: string, args: readonly string[], object?: unknown): Outcome {
  const input = object === undefined ? '' : typeof object === 'string' ? object : JSON.stringify(object);
  const { status, stdout, stderr } = spawnSync('kubectl', [`--kubeconfig=${kubeconfig}`, ...args], {
    input,
    encoding: 'utf8',
  });
  return { ok: status === 0, text: stdout + stderr };
}

/** Asks the API server without changing anything: admission runs in full for a dry run. */
export function attempt(kubeconfig: string, { who: by, kubectl: args, object }: Attempt): Outcome {
  return kubectl(
    kubeconfig,
    [...args.split(' '), ...(args.includes('dryRun=All') ? [] : ['--dry-run=server']), ...who[by]],
    object,
  );
}

/**
 * How long to wait, and how often to ask, until a policy or a binding has an effect: up to a second after it is written,
 * on a busy machine much later, and each question starts kubectl.
 */
export const guardWait = { limitMs: 140_000, intervalMs: 250 };
