import { GROUP } from '../../api/index.ts';
import type { Permission } from '../../kube/index.ts';
import type { Viewer } from './authenticators.ts';

/** Permission to see the traffic of a namespace, or of all namespaces. */
export function activityPermission(namespace?: string): Permission {
  return {
    group: GROUP,
    resource: 'egressactivities',
    verb: 'get',
    ...(namespace !== undefined && { namespace }),
  };
}

export function ruleSetsPermission(namespace: string): Permission {
  return { group: GROUP, resource: 'egressrulesets', verb: 'list', namespace };
}

export function requestsPermission(namespace: string): Permission {
  return { group: GROUP, resource: 'egressrequests', verb: 'list', namespace };
}

/** Permission to approve and refuse requests of a namespace. */
export function approvePermission(namespace: string): Permission {
  return { group: GROUP, resource: 'egressrequests', verb: 'approve', namespace };
}

/** Permission to approve one's own requests, besides that to approve. */
export function approveOwnPermission(namespace: string): Permission {
  return { group: GROUP, resource: 'egressrequests', verb: 'approve-own', namespace };
}

export function podsPermission(namespace: string): Permission {
  return { group: '', resource: 'pods', verb: 'list', namespace };
}

export function proxiesPermission(namespace: string): Permission {
  return { group: GROUP, resource: 'egressproxies', verb: 'get', namespace };
}

/** The namespaces that a viewer may see. */
export interface Visible {
  /** True if the viewer may see all namespaces, and clients that are not pods. */
  all: boolean;
  has(namespace: string): boolean;
  /** The visible ones of the given namespaces. */
  names: readonly string[];
}

/** Checks access to all namespaces with one review; if it is denied, with one review per namespace. */
export async function findVisible(viewer: Viewer, namespaces: readonly string[]): Promise<Visible> {
  if (await viewer.may(activityPermission())) return { all: true, has: () => true, names: namespaces };
  const allowed = await Promise.all(namespaces.map((name) => viewer.may(activityPermission(name))));
  const names = namespaces.filter((_, index) => allowed[index]);
  const set = new Set(names);
  return { all: false, has: (namespace) => set.has(namespace), names };
}
