import { type EgressProxy, label, type Mode, PRODUCT_NAMESPACE } from '../../api/index.ts';
import { catalogProxies, proxyReference, resolveMode } from '../../injection/index.ts';
import { type KubeClient, type Pod, resources } from '../../kube/index.ts';
import { findNamespace } from './gather-rules.ts';

/** How a namespace is served, for commands that look at its proxy: they need the right to list EgressProxies. */
export interface Serving {
  mode: Mode;
  /** Undefined if no proxy serves the namespace. */
  proxy: EgressProxy | undefined;
  /** All of the cluster. */
  proxies: EgressProxy[];
}

/** Finds the proxy of a namespace. Throws UsageError if there is no such namespace. */
export async function findServing(client: KubeClient, name: string): Promise<Serving> {
  const [namespace, { items: proxies }] = await Promise.all([
    findNamespace(client, name),
    client.list(resources.egressProxies),
  ]);
  const served = resolveMode(namespace, catalogProxies(proxies), { productNamespace: PRODUCT_NAMESPACE });
  return { mode: served.mode, proxy: served.kind === 'served' ? served.proxy : undefined, proxies };
}

/** The pods of EgressProxies. */
export async function listProxyPods(client: KubeClient, proxies: readonly EgressProxy[]): Promise<Pod[]> {
  const lists = await Promise.all(
    proxies.map((proxy) =>
      client.list(resources.pods, {
        namespace: proxy.metadata.namespace,
        labelSelector: `${label.component}=proxy,${label.ownerProxy}=${proxyReference(proxy)}`,
      }),
    ),
  );
  return lists.flatMap(({ items }) => items);
}
