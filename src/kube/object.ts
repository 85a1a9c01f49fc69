import type { V1ManagedFieldsEntry, V1OwnerReference } from '@kubernetes/client-node';
import type { ObjectMeta } from '../api/index.ts';

/**
 * client-node's model as it is on the wire: its models rename reserved words (`_from`) and hold Dates, which only
 * its own serializer makes. This room reads and writes JSON as it is.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends `_${infer Word}` ? Word : Key]: Wire<T[Key]> }
      : T;

/** The metadata of an object that the API server has served. */
export interface Metadata extends ObjectMeta {
  generateName?: string;
  finalizers?: string[];
  ownerReferences?: Wire<V1OwnerReference>[];
  managedFields?: Wire<V1ManagedFieldsEntry>[];
}

/** What any object has, built by us or served by the API server. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

/** A kind of Kubernetes' own: client-node's model on the wire, with what a served object always has. */
export type Kind<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & KubeObject;

/** The part of an object that its store key is made of. */
export interface Named {
  metadata: { name: string; namespace?: string };
}

/** `namespace/name`, or `name` for a cluster-scoped object. */
export function keyOf({ metadata }: Named): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The inverse of keyOf. */
export function splitKey(key: string): { name: string; namespace?: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
