import { label, MANAGER } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import { proxyReference, type ServedNamespace, TRUST_CONFIG_MAP } from '../../injection/index.ts';
import { type ConfigMap, keyOf, resources } from '../../kube/index.ts';
import type { ConditionUpdate } from '../conditions.ts';
import type { Deps } from '../deps.ts';
import { isOurs } from '../objects/index.ts';
import type { TrustBundle, TrustBundles } from '../state/trust-bundles.ts';

/** Reconciles a namespace's copy of the trust bundle. The condition is undefined if there should be no copy. */
export async function reconcileTrustCopy(
  namespace: string,
  served: ServedNamespace,
  trustBundles: TrustBundles,
  deps: Deps,
  signal: AbortSignal,
): Promise<ConditionUpdate | undefined> {
  if (served.kind === 'notServed' || served.proxy.spec.trustBundle === undefined) {
    await deleteCopy(namespace, deps, signal);
    return undefined;
  }
  const bundle = trustBundles.get(keyOf(served.proxy));
  // The controller of the proxy reads the bundle, and then the namespace is enqueued again.
  if (bundle === undefined)
    return condition('False', 'Pending', 'the trust bundle of the EgressProxy is not read yet');
  if (isCurrent(namespace, bundle, deps)) return inPlace(bundle);
  if (await isForeign(namespace, deps, signal)) {
    const message = `ConfigMap ${TRUST_CONFIG_MAP} exists and is not managed by kube-egress, so pods get its content: delete it`;
    return condition('False', 'Conflict', message);
  }
  const copy = renderCopy(namespace, proxyReference(served.proxy), bundle);
  await deps.client.apply(copy, { fieldManager: MANAGER, force: true, signal });
  return inPlace(bundle);
}

const condition = (
  status: ConditionUpdate['status'],
  reason: ConditionUpdate['reason'],
  message: string,
): ConditionUpdate => ({ type: 'TrustBundle', status, reason, message });

const inPlace = ({ hash }: TrustBundle): ConditionUpdate =>
  condition(
    'True',
    'Programmed',
    `ConfigMap ${TRUST_CONFIG_MAP} is up to date (sha256 ${hash.slice(0, 12)})`,
  );

function isCurrent(
  namespace: string,
  bundle: TrustBundle,
  { reflectors }: Pick<Deps, 'reflectors'>,
): boolean {
  return reflectors.trustCopies.store.get(`${namespace}/${TRUST_CONFIG_MAP}`)?.hash === bundle.hash;
}

async function isForeign(
  namespace: string,
  { client, reflectors }: Pick<Deps, 'client' | 'reflectors'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (reflectors.trustCopies.store.get(`${namespace}/${TRUST_CONFIG_MAP}`) !== undefined) return false;
  const found = await client.find(resources.configMaps, { name: TRUST_CONFIG_MAP, namespace }, { signal });
  return found !== undefined && !isOurs(found);
}

/** Deletes the copy unless a pod mounts it: without it the kubelet could not restart the containers of the pod. */
async function deleteCopy(
  namespace: string,
  { client, reflectors }: Pick<Deps, 'client' | 'reflectors'>,
  signal: AbortSignal,
): Promise<void> {
  const address = { name: TRUST_CONFIG_MAP, namespace };
  if (reflectors.trustCopies.store.get(keyOf({ metadata: address })) === undefined) return;
  const pods = reflectors.pods.store.byIndex(BY_NAMESPACE, namespace);
  if (pods.some(({ injected }) => injected?.trustBundle)) return;
  await client.delete(resources.configMaps, address, { signal });
}

/** Has no owner label: the copy is not a part of the proxy and must outlive it while pods mount it. */
function renderCopy(namespace: string, proxy: string, { files }: TrustBundle): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: TRUST_CONFIG_MAP,
      namespace,
      labels: { [label.managedBy]: MANAGER, [label.trustBundle]: proxy },
    },
    data: files,
  };
}
