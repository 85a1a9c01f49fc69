import { MANAGER } from '../../api/index.ts';
import { ApiError, type KubeClient, type KubeObject, resourceOf } from '../../kube/index.ts';
import { idOf, isOurs, type ObjectAction } from './plan-objects.ts';

export interface AppliedObjects {
  /** As the API server has them now. */
  applied: KubeObject[];
  conflicts: KubeObject[];
  failures: { object: KubeObject; error: unknown }[];
}

/** One after the other, since later objects may refer to earlier ones; one that fails does not hold up the rest. */
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
      // Somebody may have made one a moment ago: the cache is late, and force would take it over.
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

/** What could not be done, in words for a condition; undefined when all was. */
export function describeFailures(failures: AppliedObjects['failures']): string | undefined {
  if (failures.length === 0) return undefined;
  return failures
    .map(({ object, error }) => `${idOf(object)}: ${error instanceof Error ? error.message : String(error)}`)
    .join('; ');
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

/** So that the work queue tries again. */
export function throwFailures(failures: AppliedObjects['failures']): void {
  if (failures.length === 0) return;
  const [first] = failures;
  throw new Error(describeFailures(failures), { cause: first?.error });
}
