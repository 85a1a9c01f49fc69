import type { KubeClient } from './client/client.ts';
import { ApiError } from './client/index.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

/** All objects of a resource; undefined if the user may not list them. */
export function listAllowed<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  resource: Resource<T>,
  namespace?: string,
  labelSelector?: string,
): Promise<T[] | undefined> {
  return unlessForbidden(client.list(resource, { namespace, labelSelector }).then(({ items }) => items));
}

/** The answer of a request; undefined if the user does not have the right. */
export async function unlessForbidden<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}
