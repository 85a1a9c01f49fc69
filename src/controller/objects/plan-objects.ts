import { annotation, label, MANAGER } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { hasApplied, ownedFields } from './owned-fields.ts';
import { sameContent } from './same-content.ts';

/** `kind namespace/name`: identifies an object within a plan. */
export type ObjectId = string;

export type ObjectAction =
  /** `unseen`: the cache has no such object. */
  | { type: 'apply'; object: KubeObject; unseen?: true }
  | { type: 'delete'; object: KubeObject }
  /** The object exists and is not ours: it is left as it is. */
  | { type: 'conflict'; object: KubeObject };

export interface ObjectsInput {
  desired: readonly KubeObject[];
  /** The objects that exist under the names of the desired ones, ours or not. */
  observed: ReadonlyMap<ObjectId, KubeObject>;
  /** The objects that have the owner's label. They are deleted unless they are desired. */
  owned: Iterable<KubeObject>;
}

const owner = { manager: MANAGER };

export function idOf({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): ObjectId {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

/** The actions that make the observed objects the desired ones. Empty if they are. */
export function planObjects({ desired, observed, owned }: ObjectsInput): ObjectAction[] {
  const wanted = new Set(desired.map(idOf));
  const surplus = [...owned].filter((object) => !wanted.has(idOf(object)) && !isTerminating(object));
  return [
    ...desired.flatMap((object) => planObject(object, observed.get(idOf(object)))),
    ...surplus.map((object): ObjectAction => ({ type: 'delete', object })),
  ];
}

function planObject(desired: KubeObject, observed: KubeObject | undefined): ObjectAction[] {
  if (observed === undefined) return [{ type: 'apply', object: desired, unseen: true }];
  // A terminating object cannot be repaired. Its deletion is watched, and then it is created again.
  if (isTerminating(observed)) return [];
  if (!isOurs(observed)) return [{ type: 'conflict', object: observed }];
  return isConverged(desired, observed) ? [] : [{ type: 'apply', object: desired }];
}

/** Whether we created the object, or its owner has handed it over to us. */
export function isOurs(object: KubeObject): boolean {
  return (
    object.metadata.labels?.[label.managedBy] === MANAGER ||
    object.metadata.annotations?.[annotation.adopt] === 'true' ||
    hasApplied(object, owner)
  );
}

/** Whether the fields that we own are exactly the desired ones. */
export function isConverged(desired: KubeObject, observed: KubeObject): boolean {
  const owned = ownedFields(observed, owner);
  return owned !== undefined && sameContent(withoutAddress(desired), withoutAddress(owned));
}

/** The owned fields never include the name and the type of an object. */
function withoutAddress(object: object): object {
  const { apiVersion: _, kind: __, metadata = {}, ...rest } = object as Partial<KubeObject>;
  const { name: ___, namespace: ____, ...kept } = metadata as Partial<KubeObject['metadata']>;
  return { ...rest, ...(Object.keys(kept).length > 0 && { metadata: kept }) };
}

const isTerminating = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;
