import { NAMESPACE_POLICY } from '../../enforcement/index.ts';
import { type KubeClient, type KubeObject, keyOf, type ReadonlyStore, resourceOf } from '../../kube/index.ts';
import { BY_OWNER, type Followers, proxyKinds } from '../follow/index.ts';
import { idOf, type ObjectId } from '../objects/index.ts';

/** What a proxy's owner label finds. The policies of the namespaces that it serves carry it too and are not its own. */
export function ownedByProxy(followers: Followers, reference: string): KubeObject[] {
  const services = followers.services.store.byIndex(BY_OWNER, reference).flatMap(({ ours }) => ours ?? []);
  const others = proxyKinds(followers).flatMap(({ store }): KubeObject[] =>
    store.byIndex(BY_OWNER, reference),
  );
  return [...services, ...others].filter((object) => !isNamespacePolicy(object));
}

/** A policy of a namespace, not of a proxy. */
export function isNamespacePolicy({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): boolean {
  if (kind !== 'NetworkPolicy') return false;
  return metadata.name === NAMESPACE_POLICY || !('ownerReferences' in metadata);
}

/** What there is under these names: out of the caches, which hold ours, else by asking. */
export async function observeObjects(
  desired: readonly Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>[],
  { client, followers }: { client: KubeClient; followers: Followers },
  signal: AbortSignal,
): Promise<Map<ObjectId, KubeObject>> {
  const stores = new Map<string, ReadonlyStore<KubeObject>>(
    proxyKinds(followers).map(({ resource, store }) => [resource.kind, store as ReadonlyStore<KubeObject>]),
  );
  const found = desired.map(async (object): Promise<[ObjectId, KubeObject | undefined]> => {
    const cached =
      object.kind === 'Service'
        ? followers.services.store.get(keyOf(object))?.ours
        : stores.get(object.kind)?.get(keyOf(object));
    const { name, namespace } = object.metadata;
    return [idOf(object), cached ?? (await client.find(resourceOf(object), { name, namespace }, { signal }))];
  });
  const entries = await Promise.all(found);
  return new Map(entries.filter((entry): entry is [ObjectId, KubeObject] => entry[1] !== undefined));
}
