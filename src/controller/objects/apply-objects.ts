import { annotation, MANAGER } from '../../api/index.ts';
import { ApiError, type KubeClient, type KubeObject, resourceOf } from '../../kube/index.ts';
import { listNames } from '../conditions.ts';
import { idOf, isOurs, type ObjectAction } from './plan-objects.ts';

export interface AppliedObjects {
  /** The objects as the API server has them now. */
  applied: KubeObject[];
  conflicts: KubeObject[];
  failures: { object: KubeObject; error: unknown }[];
}

/** Acts in the given order, since later objects may refer to earlier ones. A failure does not stop the others. */
export async function applyObjects(
  client: KubeClient,
  actions: readonly ObjectAction[],
  signal: AbortSignal,
): Promise<AppliedObjects> {
  const outcome: AppliedObjects = { applied: [], conflicts: [], failures: [] };
  for (const action of actions) {
    signal.throwIfAborted();
    try {
      await act(client, action, outcome, signal);
    } catch (error) {
      signal.throwIfAborted();
      outcome.failures.push({ object: action.object, error });
    }
  }
  return outcome;
}

async function act(
  client: KubeClient,
  action: ObjectAction,
  outcome: AppliedObjects,
  signal: AbortSignal,
): Promise<void> {
  const { object } = action;
  const { name, namespace, uid } = object.metadata;
  switch (action.type) {
    case 'conflict':
      outcome.conflicts.push(object);
      return;
    case 'delete': {
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await client.delete(resourceOf(object), { name, namespace }, { ...preconditions, signal });
      return;
    }
    case 'apply': {
      // The cache may be late: an object that was just created by another must not be taken over by force.
      const found = action.unseen && (await client.find(resourceOf(object), { name, namespace }, { signal }));
      if (found && !isOurs(found)) {
        outcome.conflicts.push(found);
        return;
      }
      const force = !action.unseen || found !== undefined;
      outcome.applied.push(await client.apply(object, { fieldManager: MANAGER, force, signal }));
      return;
    }
  }
}

/** The failures as text for a condition; undefined if there are none. */
export function describeFailures(failures: AppliedObjects['failures']): string | undefined {
  if (failures.length === 0) return undefined;
  return failures
    .map(({ object, error }) => `${idOf(object)}: ${error instanceof Error ? error.message : String(error)}`)
    .join('; ');
}

/** Objects that exist under our names and are not ours, as text for a condition. `names`: kind and name of each. */
export function describeConflicts(names: readonly string[]): string {
  const [verb, them] = names.length === 1 ? ['exists and is', 'it'] : ['exist and are', 'them'];
  return `${listNames(names)} ${verb} not managed by kube-egress: delete or rename ${them}, or hand ${them} over with the annotation ${annotation.adopt}: "true"`;
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

/** Rejects a reconciliation that had failures, so that the work queue retries it. */
export function throwFailures(failures: AppliedObjects['failures']): void {
  if (failures.length === 0) return;
  const [first] = failures;
  throw new Error(describeFailures(failures), { cause: first?.error });
}
