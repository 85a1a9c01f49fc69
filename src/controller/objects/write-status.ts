import { MANAGER } from '../../api/index.ts';
import type { KubeClient, KubeObject } from '../../kube/index.ts';
import { ownedFields } from './owned-fields.ts';
import { sameContent } from './same-content.ts';

/**
 * Writes a status unless the object has it already; resolves with the object as the API server has it then. Fields and
 * conditions of other managers are kept.
 */
export async function writeStatus<T extends KubeObject>(
  client: KubeClient,
  observed: T,
  status: object,
  signal: AbortSignal,
  /** Two controllers that write the status of one object each own a part of it. */
  manager: string = MANAGER,
): Promise<T | undefined> {
  const owned = ownedFields(observed, { manager, subresource: 'status' });
  if (sameContent(owned, { status })) return undefined;
  const { apiVersion, kind } = observed;
  const { name, namespace, uid } = observed.metadata;
  // With the uid, the status of an object that was replaced in the meantime is not written.
  const metadata = { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) };
  const body: KubeObject & { status: object } = { apiVersion, kind, metadata, status };
  return (await client.applyStatus(body, { fieldManager: manager, force: true, signal })) as KubeObject as T;
}
