import type { V1ManagedFieldsEntry, V1OwnerReference } from '@kubernetes/client-node';
import type { ObjectMeta } from '../api/index.ts';

/**
 * A model of client-node as JSON. The models rename reserved words (`_from`) and contain Dates, which only client-node's
 * own serializer creates; this room reads and writes plain JSON.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends `_${infer Word}` ? Word : Key]: Wire<T[Key]> }
      : T;

/** Metadata of an object from the API server. */
export interface Metadata extends ObjectMeta {
  generateName?: string;
  finalizers?: string[];
  ownerReferences?: Wire<V1OwnerReference>[];
  managedFields?: Wire<V1ManagedFieldsEntry>[];
}

/** The fields of every object, whether we build it or the API server sends it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

/** A built-in kind as JSON, with the fields that the API server always sends. */
export type Kind<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & KubeObject;

/** The fields that identify an object within its resource. */
export interface Named {
  metadata: { name: string; namespace?: string };
}

/** Returns `namespace/name`, or `name` for a cluster-scoped object. */
export function keyOf({ metadata }: Named): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The inverse of keyOf. */
export function splitKey(key: string): { name: string; namespace?: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
