import { rootCertificates } from 'node:tls';
import type { EgressProxy } from '../../api/index.ts';
import { keyOf, resources } from '../../kube/index.ts';
import type { ConditionUpdate } from '../conditions.ts';
import type { Deps } from '../deps.ts';
import type { TrustBundles } from '../state/trust-bundles.ts';
import { readTrustBundle } from './read-bundle.ts';

export interface GatheredBundle {
  /** Hash of the bundle that pods get; the last one while the source cannot be read. */
  hash: string | undefined;
  condition: ConditionUpdate | undefined;
}

/**
 * Reads the ConfigMap that the trustBundle of a proxy names, and stores it for the namespaces whose copies follow. A
 * source that is missing or broken removes nothing from pods.
 */
export async function gatherTrustBundle(
  proxy: EgressProxy,
  trustBundles: TrustBundles,
  { client }: Pick<Deps, 'client'>,
  signal: AbortSignal,
): Promise<GatheredBundle> {
  const { trustBundle } = proxy.spec;
  if (trustBundle === undefined) {
    trustBundles.delete(keyOf(proxy));
    return { hash: undefined, condition: undefined };
  }
  const { namespace } = proxy.metadata;
  const { name } = trustBundle.configMapRef;
  const source = await client.find(resources.configMaps, { name, namespace }, { signal });
  const reading = readTrustBundle(trustBundle, source && (source.data ?? {}), rootCertificates);
  if (!reading.ok) {
    const message = `${reading.message}; pods keep the previous bundle`;
    return {
      hash: proxy.status?.trustBundle,
      condition: { type: 'TrustBundle', status: 'False', reason: 'Invalid', message },
    };
  }
  trustBundles.set(keyOf(proxy), reading.bundle);
  const { hash, authorities } = reading.bundle;
  const others = trustBundle.publicRoots === 'Exclude' ? 'nothing else' : 'the public authorities';
  const message = `new pods trust ${authorities} ${authorities === 1 ? 'authority' : 'authorities'} of the ConfigMap ${name} and ${others}`;
  return { hash, condition: { type: 'TrustBundle', status: 'True', reason: 'Programmed', message } };
}
