import { annotation, type EgressProxy } from '../api/index.ts';

/** The EgressProxies of the cluster, by the reference in a namespace's proxy label. */
export interface ProxyCatalog {
  /** `reference`: value of a namespace's proxy label, `<namespace>.<name>`. */
  find(reference: string): EgressProxy | undefined;
  readonly defaultProxy: EgressProxy | undefined;
  /** Whether the namespace holds an EgressProxy, so that pods of the product may run there. */
  hostsProxy(namespace: string): boolean;
}

/** `<namespace>.<name>`, the value of a namespace's proxy label. Neither name can contain a dot. */
export function proxyReference({ metadata }: Pick<EgressProxy, 'metadata'>): string {
  return `${metadata.namespace ?? ''}.${metadata.name}`;
}

export function isDefaultProxy({ metadata }: Pick<EgressProxy, 'metadata'>): boolean {
  return metadata.annotations?.[annotation.defaultProxy] === 'true';
}

/**
 * Admission denies a second default proxy. If there are two (two concurrent requests, the webhook down), the older one
 * is the default, so that nothing changes when the second appears.
 */
export function catalogProxies(proxies: Iterable<EgressProxy>): ProxyCatalog {
  const byReference = new Map<string, EgressProxy>();
  const namespaces = new Set<string>();
  const defaults: EgressProxy[] = [];
  for (const proxy of proxies) {
    byReference.set(proxyReference(proxy), proxy);
    namespaces.add(proxy.metadata.namespace ?? '');
    if (isDefaultProxy(proxy)) defaults.push(proxy);
  }
  const [defaultProxy] = defaults.sort(byAge);
  return {
    find: (reference) => byReference.get(reference),
    defaultProxy,
    hostsProxy: (namespace) => namespaces.has(namespace),
  };
}

function byAge(a: EgressProxy, b: EgressProxy): number {
  return compare(ageKey(a), ageKey(b));
}

/** RFC 3339 in UTC sorts as text. A proxy without a timestamp is not stored yet, hence the youngest. */
function ageKey(proxy: EgressProxy): string {
  return `${proxy.metadata.creationTimestamp ?? '9'} ${proxyReference(proxy)}`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
