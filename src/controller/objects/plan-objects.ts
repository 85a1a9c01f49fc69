import { annotation, label, MANAGER } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { hasApplied, ownedFields } from './owned-fields.ts';
import { sameContent } from './same-content.ts';

/** `kind namespace/name`: how an object is told from others in one plan. */
export type ObjectId = string;

export type ObjectAction =
  /** `unseen`: as far as the cache knows there is none yet. */
  | { type: 'apply'; object: KubeObject; unseen?: true }
  | { type: 'delete'; object: KubeObject }
  /** Somebody else made an object with this name: it is left alone. */
  | { type: 'conflict'; object: KubeObject };

export interface ObjectsInput {
  desired: readonly KubeObject[];
  /** What there is under the names of the desired objects, whoever made it. */
  observed: ReadonlyMap<ObjectId, KubeObject>;
  /** What there is for this owner by its label; what of it is not desired goes. */
  owned: Iterable<KubeObject>;
}

const owner = { manager: MANAGER };

export function idOf({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): ObjectId {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

/** What to do so that there is what is desired. Empty when there is. */
export function planObjects({ desired, observed, owned }: ObjectsInput): ObjectAction[] {
  const wanted = new Set(desired.map(idOf));
  const surplus = [...owned].filter((object) => !wanted.has(idOf(object)) && !isGoing(object));
  return [
    ...desired.flatMap((object) => planObject(object, observed.get(idOf(object)))),
    ...surplus.map((object): ObjectAction => ({ type: 'delete', object })),
  ];
}

function planObject(desired: KubeObject, observed: KubeObject | undefined): ObjectAction[] {
  if (observed === undefined) return [{ type: 'apply', object: desired, unseen: true }];
  // What is on its way out cannot be repaired; its end is seen and it is made anew.
  if (isGoing(observed)) return [];
  if (!isOurs(observed)) return [{ type: 'conflict', object: observed }];
  return isConverged(desired, observed) ? [] : [{ type: 'apply', object: desired }];
}

/** Made by us, or handed over to us by its maker. */
export function isOurs(object: KubeObject): boolean {
  return (
    object.metadata.labels?.[label.managedBy] === MANAGER ||
    object.metadata.annotations?.[annotation.adopt] === 'true' ||
    hasApplied(object, owner)
  );
}

/** What we own of the object is what is desired: nothing less, nothing more, nothing else. */
export function isConverged(desired: KubeObject, observed: KubeObject): boolean {
  const owned = ownedFields(observed, owner);
  return owned !== undefined && sameContent(withoutAddress(desired), withoutAddress(owned));
}

/** An object's name and type are in its address and never among its owned fields. */
function withoutAddress(object: object): object {
  const { apiVersion: _, kind: __, metadata = {}, ...rest } = object as Partial<KubeObject>;
  const { name: ___, namespace: ____, ...kept } = metadata as Partial<KubeObject['metadata']>;
  return { ...rest, ...(Object.keys(kept).length > 0 && { metadata: kept }) };
}

const isGoing = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;
