import type { EgressProxy, Upstream } from '../../api/index.ts';
import { type KubeClient, keyOf, resources } from '../../kube/index.ts';
import type { KnownName } from '../names/follow-name.ts';
import type { NameTable } from '../names/name-table.ts';

/** Looks up the hosts of the upstreams that are due. A new leader begins with the addresses of the status. */
export function lookUpHosts(proxy: EgressProxy, names: NameTable): Promise<ReadonlyMap<string, KnownName>> {
  const { upstreams = [] } = proxy.spec;
  const openedFor = (host: string) => {
    const upstreamNames = new Set(upstreams.filter((each) => each.host === host).map(({ name }) => name));
    const opened = (proxy.status?.upstreams ?? []).filter(({ name }) => upstreamNames.has(name));
    return [...new Set(opened.flatMap(({ addresses = [] }) => addresses))];
  };
  return names.refresh(keyOf(proxy), new Set(upstreams.map(({ host }) => host)), openedFor);
}

/** The certificates that verify the upstreams, from Secrets and ConfigMaps; '' for one that does not exist. */
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

/** The references of each upstream, by its name, to a Secret, ConfigMap or key that does not exist, as text. */
export async function findMissing(
  { metadata, spec }: EgressProxy,
  client: Pick<KubeClient, 'find'>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const namespace = metadata.namespace ?? '';
  const found = (spec.upstreams ?? []).map(async (upstream): Promise<[string, string][]> => {
    const missing = await Promise.all(
      referencesOf(upstream).map(async ({ kind, name, keys }) => {
        const resource = kind === 'Secret' ? resources.secrets : resources.configMaps;
        const object = await client.find(resource, { namespace, name }, { signal });
        if (object === undefined) return `${kind} ${namespace}/${name} does not exist`;
        const absent = keys.filter((key) => !(key in ((object as { data?: object }).data ?? {})));
        return absent.length === 0
          ? undefined
          : `${kind} ${namespace}/${name} has no key ${absent.join(', ')}`;
      }),
    );
    const text = missing.filter((each) => each !== undefined).join('; ');
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
