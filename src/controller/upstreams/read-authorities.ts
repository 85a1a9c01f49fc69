import type { EgressProxy } from '../../api/index.ts';
import { type KubeClient, resources } from '../../kube/index.ts';

/** The certificates by which parents are verified, as they stand in Secrets and ConfigMaps; '' for one that is missing. */
export async function readAuthorities(
  { metadata: { namespace = '' }, spec }: EgressProxy,
  client: Pick<KubeClient, 'find'>,
): Promise<string[]> {
  const read = (spec.upstreams ?? []).map(async ({ tls }) => {
    const ref = tls?.caSecretRef ?? tls?.caConfigMapRef;
    if (ref === undefined) return [];
    const resource = tls?.caSecretRef === undefined ? resources.configMaps : resources.secrets;
    const object = await client.find(resource, { namespace, name: ref.name });
    return [(object as { data?: Record<string, string> } | undefined)?.data?.[ref.key ?? 'ca.crt'] ?? ''];
  });
  return (await Promise.all(read)).flat();
}
