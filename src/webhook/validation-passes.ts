import { isDeepStrictEqual } from 'node:util';
import type { AdmissionRequest } from './admission-review.ts';
import type { ClusterView } from './cluster-view.ts';

interface Stored {
  metadata?: { deletionTimestamp?: string };
  spec?: unknown;
}

/**
 * Whether an object may pass unjudged: it is on its way out, its namespace is, or what would be judged did not
 * change. Without this a rule set that a newer release finds wrong could not lose its finalizers.
 */
export function isOnTheWayOut(
  { namespace, object, oldObject }: AdmissionRequest,
  cluster: ClusterView,
): boolean {
  const { metadata } = (object ?? oldObject ?? {}) as Stored;
  if (metadata?.deletionTimestamp !== undefined) return true;
  return namespace !== undefined && cluster.namespace(namespace)?.terminating === true;
}

export function isSpecUnchanged({ operation, object, oldObject }: AdmissionRequest): boolean {
  if (operation !== 'UPDATE') return false;
  return isDeepStrictEqual((object as Stored | undefined)?.spec, (oldObject as Stored | undefined)?.spec);
}
