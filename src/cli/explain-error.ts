import { ApiError, UnreachableError } from '../kube/index.ts';

/** One line for a person: what failed, and what to do. Never a stack trace. */
export function explainError(error: unknown): string {
  if (error instanceof UnreachableError)
    return `the API server cannot be reached (${error.message}): check --context, --kubeconfig and the network`;
  if (error instanceof ApiError) return explainAnswer(error);
  return error instanceof Error ? error.message : String(error);
}

function explainAnswer(error: ApiError): string {
  switch (error.status) {
    case 401:
      return `the API server does not accept your credentials (${error.message}): log in again, or check --context`;
    case 403:
      return `${error.message}: ask the cluster operator for this right`;
    case 404:
      return error.reason === 'NotFound' && !error.message.includes('could not find the requested resource')
        ? error.message
        : `${error.message}: kube-egress is not installed in this cluster; check --context`;
    default:
      return error.message;
  }
}
