import type { EgressProxy, Upstream } from '../../api/index.ts';
import { type KubeClient, resources } from '../../kube/index.ts';

/** By the name of the upstream: what it names and what is not there, in words. */
export async function findMissing(
  { metadata, spec }: EgressProxy,
  client: Pick<KubeClient, 'find'>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const namespace = metadata.namespace ?? '';
  const found = (spec.upstreams ?? []).map(async (upstream): Promise<[string, string][]> => {
    const lacks = await Promise.all(
      referencesOf(upstream).map(async ({ kind, name, keys }) => {
        const resource = kind === 'Secret' ? resources.secrets : resources.configMaps;
        const object = await client.find(resource, { namespace, name }, { signal });
        if (object === undefined) return `${kind} ${namespace}/${name} is not there`;
        const without = keys.filter((key) => !(key in ((object as { data?: object }).data ?? {})));
        return without.length === 0 ? undefined : `${kind} ${namespace}/${name} has no ${without.join(', ')}`;
      }),
    );
    const text = lacks.filter((lack) => lack !== undefined).join('; ');
    return text === '' ? [] : [[upstream.name, text]];
  });
  return new Map((await Promise.all(found)).flat());
}

function referencesOf({ credentialsSecretRef, tls }: Upstream) {
  const authority = (kind: 'Secret' | 'ConfigMap', ref: { name: string; key?: string } | undefined) =>
    ref === undefined ? [] : [{ kind, name: ref.name, keys: [ref.key ?? 'ca.crt'] }];
  return [
    ...(credentialsSecretRef === undefined
      ? []
      : [{ kind: 'Secret' as const, name: credentialsSecretRef.name, keys: ['username', 'password'] }]),
    ...authority('Secret', tls?.caSecretRef),
    ...authority('ConfigMap', tls?.caConfigMapRef),
  ];
}
