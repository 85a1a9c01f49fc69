import type { KubeObject } from './object.ts';

/** One resource of the API and, as a type only, the object that it serves. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: carries T. */
  readonly served?: T;
}

export interface ResourceAddress {
  /** Left out of a namespaced resource: every namespace (lists), or `default` is an error (single objects). */
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The URL path of a collection, an object or a subresource. Throws where a namespaced object has no namespace. */
export function pathOf(resource: Resource, { namespace, name, subresource }: ResourceAddress = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  if (resource.namespaced && name !== undefined && namespace === undefined) {
    throw new TypeError(`${resource.kind} "${name}" is namespaced: its namespace is missing`);
  }
  const scope = resource.namespaced && namespace !== undefined ? ['namespaces', namespace] : [];
  const parts = [...scope, resource.plural, name, subresource].filter((part) => part !== undefined);
  return [root, ...parts.map(encodeURIComponent)].join('/');
}
