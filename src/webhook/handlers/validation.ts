import { isDeepStrictEqual } from 'node:util';
import { GROUP } from '../../api/index.ts';
import { renderFaults, renderTextFault, type Validation } from '../../rules/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import { type AdmissionRequest, httpErrors, type Verdict } from '../http/index.ts';

/** Throws KIND_UNEXPECTED unless the object is of the kind that the path takes: the webhook configuration is wrong then. */
export function expectKind({ kind }: AdmissionRequest, expected: string): void {
  if (kind.group === GROUP && kind.kind === expected) return;
  const received = kind.group === '' ? kind.kind : `${kind.kind} of ${kind.group}`;
  throw new httpErrors.KIND_UNEXPECTED(`this path takes ${expected} of ${GROUP}, not ${received}`);
}

interface Stored {
  metadata?: { deletionTimestamp?: string };
  spec?: unknown;
}

/**
 * Whether the object or its namespace is being deleted. It is then admitted without validation, as an update that leaves
 * the spec unchanged is: otherwise a rule set that a newer release finds invalid could not lose its finalizers.
 */
export function isTerminating(
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

/** The verdict on a validated object, with all of its faults; warnings in either case. */
export function verdictOf({ faults, warnings }: Validation): Verdict {
  if (faults.length === 0) return { kind: 'allowed', warnings };
  const causes = faults.map((fault) => ({
    field: fault.field,
    message: `${renderTextFault(fault)} (${fault.reason})`,
  }));
  return { kind: 'denied', message: renderFaults(faults), causes, warnings };
}
