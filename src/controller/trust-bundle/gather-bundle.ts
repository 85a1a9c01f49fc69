import { rootCertificates } from 'node:tls';
import type { EgressProxy } from '../../api/index.ts';
import { keyOf, resources } from '../../kube/index.ts';
import type { Stated } from '../conditions.ts';
import type { Context } from '../context.ts';
import { readTrustBundle } from './read-bundle.ts';

export interface GatheredBundle {
  /** Of what pods get; the last known one while the source cannot be read. */
  hash: string | undefined;
  condition: Stated | undefined;
}

/**
 * Reads the ConfigMap that a proxy's trustBundle names, and wakes the namespaces whose copies are to follow. A source
 * that is gone or broken takes nothing away from pods.
 */
export async function gatherTrustBundle(
  proxy: EgressProxy,
  { client, trustBundles, view, queues }: Context,
  signal: AbortSignal,
): Promise<GatheredBundle> {
  const key = keyOf(proxy);
  const wakeNamespaces = () => {
    for (const { namespace } of view.servedBy(proxy)) queues.namespaces.add(namespace.metadata.name);
  };
  const { trustBundle } = proxy.spec;
  if (trustBundle === undefined) {
    if (trustBundles.delete(key)) wakeNamespaces();
    return { hash: undefined, condition: undefined };
  }
  const { namespace } = proxy.metadata;
  const source = await client.find(
    resources.configMaps,
    { name: trustBundle.configMapRef.name, namespace },
    { signal },
  );
  const reading = readTrustBundle(trustBundle, source && (source.data ?? {}), rootCertificates);
  if (!reading.ok) {
    const message = `${reading.message}; pods keep what they have`;
    return {
      hash: proxy.status?.trustBundle,
      condition: { type: 'TrustBundle', status: 'False', reason: 'Invalid', message },
    };
  }
  const { hash, authorities } = reading.bundle;
  if (trustBundles.get(key)?.hash !== hash) {
    trustBundles.set(key, reading.bundle);
    wakeNamespaces();
  }
  const beside = trustBundle.publicRoots === 'Exclude' ? 'nothing else' : 'the public authorities';
  const message = `new pods trust ${authorities} ${authorities === 1 ? 'authority' : 'authorities'} of the ConfigMap ${trustBundle.configMapRef.name} and ${beside}`;
  return { hash, condition: { type: 'TrustBundle', status: 'True', reason: 'Programmed', message } };
}
