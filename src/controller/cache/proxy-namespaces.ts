import { label, MANAGER } from '../../api/index.ts';
import { BY_NAMESPACE, BY_OWNER, byOwner } from '../../cluster/index.ts';
import {
  type KubeClient,
  type KubeMetrics,
  type KubeObject,
  PerNamespaceReflector,
  type Resource,
  resources,
} from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { Notifier } from '../state/notifier.ts';
import type { Reflectors } from './reflectors.ts';
import { trimObject } from './trim-object.ts';

export interface ProxyNamespacesOptions {
  client: KubeClient;
  log: Log;
  metrics: KubeMetrics['reflector'];
}

/** Whether the objects of the proxies of a namespace are in the caches. */
export type NamespaceAccess =
  | { kind: 'listed' }
  | { kind: 'pending' }
  /** The controller must not list these kinds, in kubectl's spelling. */
  | { kind: 'forbidden'; kinds: string[] };

const OURS = `${label.managedBy}=${MANAGER}`;

/**
 * The caches of the objects that proxies consist of, in the namespaces that have an EgressProxy. Elsewhere the
 * controller may not read these kinds, above all no Secrets.
 */
export class ProxyNamespaces {
  readonly kinds: ReturnType<typeof createKinds>;
  readonly #listed = new Notifier<string>();

  constructor(options: ProxyNamespacesOptions) {
    this.kinds = createKinds(options);
  }

  /** Follows the EgressProxies until the signal is aborted. */
  follow({ proxies, namespaces }: Pick<Reflectors, 'proxies' | 'namespaces'>, signal: AbortSignal): void {
    proxies.subscribe(({ type, object }) => {
      const { namespace = '' } = object.metadata;
      if (type === 'deleted') this.#endUnused(namespace, proxies);
      else this.#start(namespace, signal);
    });
    namespaces.subscribe(({ type, object }) => {
      if (type === 'deleted') this.#end(object.metadata.name);
    });
    // The objects of the last EgressProxy are deleted after it.
    for (const kind of this.#all()) {
      kind.subscribe(({ type, object }) => {
        if (type === 'deleted') this.#endUnused(object.metadata.namespace ?? '', proxies);
      });
    }
  }

  accessTo(namespace: string): NamespaceAccess {
    const waiting = this.#all().filter((kind) => !kind.hasListed(namespace));
    if (waiting.length === 0) return { kind: 'listed' };
    const forbidden = waiting.filter((kind) => {
      const health = kind.healthOf(namespace);
      return health?.ok === false && health.reason === 'PermissionDenied';
    });
    if (forbidden.length === 0) return { kind: 'pending' };
    return { kind: 'forbidden', kinds: forbidden.map(({ resource }) => spell(resource)) };
  }

  /** Calls the listener with each namespace whose objects are listed from now on. The result unsubscribes. */
  subscribe(listener: (namespace: string) => void): () => void {
    return this.#listed.subscribe(listener);
  }

  #all() {
    return Object.values(this.kinds);
  }

  #start(namespace: string, signal: AbortSignal): void {
    if (this.kinds.secrets.healthOf(namespace) !== undefined) return;
    for (const kind of this.#all()) kind.start(namespace, signal);
    Promise.all(this.#all().map((kind) => kind.listed(namespace))).then(
      () => this.#listed.notify(namespace),
      () => {},
    );
  }

  #endUnused(namespace: string, proxies: Reflectors['proxies']): void {
    if (proxies.store.byIndex(BY_NAMESPACE, namespace).length > 0) return;
    if (this.#all().every((kind) => kind.isEmpty(namespace))) this.#end(namespace);
  }

  #end(namespace: string): void {
    for (const kind of this.#all()) kind.end(namespace);
  }
}

function createKinds(common: ProxyNamespacesOptions) {
  const ours = <T extends KubeObject>(resource: Resource<T>, labelSelector = OURS) =>
    new PerNamespaceReflector<T>({
      ...common,
      resource,
      labelSelector,
      transform: trimObject,
      indexes: { [BY_OWNER]: byOwner },
    });
  return {
    // A copy of the trust bundle belongs to the namespace and not to a proxy.
    configMaps: ours(resources.configMaps, `${OURS},!${label.trustBundle}`),
    serviceAccounts: ours(resources.serviceAccounts),
    deployments: ours(resources.deployments),
    podDisruptionBudgets: ours(resources.podDisruptionBudgets),
    autoscalers: ours(resources.horizontalPodAutoscalers),
    secrets: ours(resources.secrets),
  };
}

const spell = ({ plural, group }: Resource): string => (group === '' ? plural : `${plural}.${group}`);
