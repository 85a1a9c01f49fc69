import { GROUP } from '../../api/index.ts';
import type { Permission } from '../../kube/index.ts';
import type { Viewer } from './viewer.ts';

/** What one has to be allowed to see what happens in a namespace; without one: in all of them. */
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

export function podsPermission(namespace: string): Permission {
  return { group: '', resource: 'pods', verb: 'list', namespace };
}

export function proxiesPermission(namespace: string): Permission {
  return { group: GROUP, resource: 'egressproxies', verb: 'get', namespace };
}

/** The namespaces that a viewer may see. */
export interface Visible {
  /** Also clients that are no pods. */
  all: boolean;
  has(namespace: string): boolean;
  /** Those of the given ones that are visible. */
  names: readonly string[];
}

/** One question for all of them; where the answer is no, one a namespace. */
export async function findVisible(viewer: Viewer, namespaces: readonly string[]): Promise<Visible> {
  if (await viewer.may(activityPermission())) return { all: true, has: () => true, names: namespaces };
  const allowed = await Promise.all(namespaces.map((name) => viewer.may(activityPermission(name))));
  const names = namespaces.filter((_, index) => allowed[index]);
  const set = new Set(names);
  return { all: false, has: (namespace) => set.has(namespace), names };
}
