import { API_VERSION, type EgressProxy, MANAGER } from '../../api/index.ts';
import { type KubeObject, keyOf, type Service } from '../../kube/index.ts';
import type { Deps } from '../deps.ts';

/**
 * Writes the address of the Service into the spec, so that a Service that is created again has the same address: pods
 * have it in their hostAliases. False if the write failed, for example because the webhook is unavailable.
 */
export async function pinClusterIP(
  proxy: EgressProxy,
  objects: readonly KubeObject[],
  { client, log }: Pick<Deps, 'client' | 'log'>,
  signal: AbortSignal,
): Promise<boolean> {
  const service = objects.find((object): object is Service => object.kind === 'Service');
  const clusterIP = service?.spec?.clusterIP;
  if (!clusterIP || clusterIP === 'None' || proxy.spec.service?.clusterIP !== undefined) return true;
  const { name, namespace = '' } = proxy.metadata;
  const pinned: EgressProxy = {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name, namespace },
    spec: { service: { clusterIP } },
  };
  try {
    await client.apply(pinned, { fieldManager: MANAGER, force: true, signal });
    return true;
  } catch (err) {
    signal.throwIfAborted();
    const why = err instanceof Error ? err.message : String(err);
    log.info(
      { why, proxy: keyOf(proxy) },
      'spec.service.clusterIP of the EgressProxy cannot be set; trying again in 10 s',
    );
    return false;
  }
}
