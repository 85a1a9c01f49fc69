import { label, MANAGER } from '../../api/index.ts';
import { proxyReference, type ServedNamespace, TRUST_CONFIG_MAP } from '../../injection/index.ts';
import { type ConfigMap, keyOf, resources } from '../../kube/index.ts';
import type { Stated } from '../conditions.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE } from '../follow/index.ts';
import { isOurs } from '../objects/index.ts';
import type { TrustBundle } from './read-bundle.ts';

/** Keeps a namespace's copy of the trust bundle in step. The condition is undefined where there is to be none. */
export async function keepTrustCopy(
  namespace: string,
  served: ServedNamespace,
  context: Context,
  signal: AbortSignal,
): Promise<Stated | undefined> {
  if (served.kind === 'notServed' || served.proxy.spec.trustBundle === undefined) {
    await dropCopy(namespace, context, signal);
    return undefined;
  }
  const bundle = context.trustBundles.get(keyOf(served.proxy));
  // The proxy's own reconciler reads it and brings us back.
  if (bundle === undefined)
    return stated('False', 'Pending', 'the trust bundle of the proxy was not read yet');
  if (isInStep(namespace, bundle, context)) return inPlace(bundle);
  if (await isSomebodyElses(namespace, context, signal)) {
    return stated(
      'False',
      'Conflict',
      `somebody else made the ConfigMap ${TRUST_CONFIG_MAP}, and pods get what it holds: delete it`,
    );
  }
  const copy = renderCopy(namespace, proxyReference(served.proxy), bundle);
  await context.client.apply(copy, { fieldManager: MANAGER, force: true, signal });
  return inPlace(bundle);
}

const stated = (status: Stated['status'], reason: Stated['reason'], message: string): Stated => ({
  type: 'TrustBundle',
  status,
  reason,
  message,
});

const inPlace = ({ hash }: TrustBundle): Stated =>
  stated('True', 'Programmed', `the ConfigMap ${TRUST_CONFIG_MAP} is in place (sha256 ${hash.slice(0, 12)})`);

function isInStep(namespace: string, bundle: TrustBundle, { followers }: Context): boolean {
  return followers.trustCopies.store.get(`${namespace}/${TRUST_CONFIG_MAP}`)?.hash === bundle.hash;
}

async function isSomebodyElses(
  namespace: string,
  { client, followers }: Context,
  signal: AbortSignal,
): Promise<boolean> {
  if (followers.trustCopies.store.get(`${namespace}/${TRUST_CONFIG_MAP}`) !== undefined) return false;
  const there = await client.find(resources.configMaps, { name: TRUST_CONFIG_MAP, namespace }, { signal });
  return there !== undefined && !isOurs(there);
}

/** As long as a pod mounts it: without it the kubelet could not restart the pod's containers. */
async function dropCopy(
  namespace: string,
  { client, followers }: Context,
  signal: AbortSignal,
): Promise<void> {
  const address = { name: TRUST_CONFIG_MAP, namespace };
  if (followers.trustCopies.store.get(keyOf({ metadata: address })) === undefined) return;
  const pods = followers.pods.store.byIndex(BY_NAMESPACE, namespace);
  if (pods.some(({ injected }) => injected?.trustBundle)) return;
  await client.delete(resources.configMaps, address, { signal });
}

/** Without an owner label: it is no part of the proxy, and must outlive it where pods mount it. */
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
