import { ApiError } from '../../kube/index.ts';
import type { ConditionUpdate } from '../conditions.ts';
import { names } from '../object-names.ts';

/** Says which command gives the controller the rights that it needs in the namespace of an EgressProxy. */
export function describeMissingRights(
  { namespace, productNamespace }: { namespace: string; productNamespace: string },
  what: string,
): Pick<ConditionUpdate, 'reason' | 'message'> {
  const command = [
    `kubectl create rolebinding ${names.controllerAccount} -n ${namespace}`,
    `--clusterrole=${names.proxiesRole}`,
    `--serviceaccount=${productNamespace}:${names.controllerAccount}`,
  ].join(' ');
  return {
    reason: 'RightsMissing',
    message: `the controller has no rights on objects of proxies in the namespace ${namespace} (${what}): run ${command}`,
  };
}

/** Whether RBAC denied the request. Quotas and webhooks answer 403 too, and no role helps against them. */
export function isDeniedByRbac(error: unknown): boolean {
  return (
    error instanceof ApiError && error.status === 403 && /\bUser ".*" cannot \w+ resource/.test(error.message)
  );
}
