import type { KubeObject } from './object.ts';

/** One resource of the Kubernetes API. T is the type of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set; carries the type T. */
  readonly served?: T;
}

export interface ResourceAddress {
  /** For a namespaced resource: required for one object; without it, a list covers all namespaces. */
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Builds the URL path of a collection, an object or a subresource. Throws if a namespaced object has no namespace. */
export function pathOf(resource: Resource, { namespace, name, subresource }: ResourceAddress = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  if (resource.namespaced && name !== undefined && namespace === undefined) {
    throw new TypeError(`${resource.kind} "${name}" is namespaced: its namespace is missing`);
  }
  const scope = resource.namespaced && namespace !== undefined ? ['namespaces', namespace] : [];
  const segments = [...scope, resource.plural, name, subresource].filter((segment) => segment !== undefined);
  return [root, ...segments.map(encodeURIComponent)].join('/');
}
