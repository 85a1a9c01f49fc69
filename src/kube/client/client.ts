import { parseWatch, type WatchEvent } from '../cache/watch-event.ts';
import type { KubeObject } from '../object.ts';
import { apiVersionOf, pathOf, type Resource, type ResourceAddress } from '../resource.ts';
import { resourceOf } from '../resources.ts';
import { isNotFound } from './api-error.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  Page,
  Patch,
  RawOptions,
  Selection,
  Unserved,
  WatchOptions,
} from './call.ts';
import type { Cluster } from './cluster.ts';
import { Transport } from './transport.ts';

const CALL_LIMIT = 15_000;
const PAGE_LIMIT = 60_000;
const PAGE_SIZE = 500;

/**
 * The API server, by resource. Objects go and come as the JSON that they are: no field is dropped. Every call throws
 * ApiError, UnreachableError, or the signal's reason when that is aborted.
 */
export class KubeClient {
  readonly #transport: Transport;
  /** The namespace of the ServiceAccount or of the kubeconfig's context. */
  readonly namespace: string | undefined;

  constructor(cluster: Cluster) {
    this.#transport = new Transport(cluster);
    this.namespace = cluster.namespace;
  }

  get<T extends KubeObject>(
    resource: Resource<T>,
    address: ResourceAddress,
    options?: CallOptions,
  ): Promise<T> {
    return this.raw<T>(pathOf(resource, address), options);
  }

  /** As get, but undefined where there is none. */
  async find<T extends KubeObject>(
    resource: Resource<T>,
    address: ResourceAddress,
    options?: CallOptions,
  ): Promise<T | undefined> {
    try {
      return await this.get(resource, address, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Everything, gathered page by page. A consistent read: never from the API server's cache of unknown age. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection = {},
    options: CallOptions = {},
  ): Promise<Page<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    for await (const page of this.pages(resource, selection, options)) {
      items.push(...page.items);
      resourceVersion = page.resourceVersion;
    }
    return { items, resourceVersion };
  }

  /** The pages of a list, each read when it is asked for. A late one can be refused as expired (410). */
  async *pages<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, labelSelector, fieldSelector }: Selection = {},
    { signal, timeoutMs = PAGE_LIMIT }: CallOptions = {},
  ): AsyncGenerator<Page<T>> {
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    let next: string | undefined;
    do {
      const query = { labelSelector, fieldSelector, limit: PAGE_SIZE, continue: next };
      const page = await this.raw<ListAnswer<T>>(pathOf(resource, { namespace }), {
        query,
        signal,
        timeoutMs,
      });
      // The items of a built-in kind's list do not name their kind.
      const items = (page.items ?? []).map((item) => ({ ...type, ...item }));
      yield { items, resourceVersion: page.metadata.resourceVersion };
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
  }

  /** Changes after a resourceVersion, until the server ends it. An ERROR event is thrown as ApiError. */
  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, signal, idleTimeoutMs, onOpen, ...query } = options;
    const path = pathOf(resource, { namespace });
    const chunks = this.#transport.open({
      method: 'GET',
      path,
      query: { ...query, watch: true, allowWatchBookmarks: true },
      signal,
      timeoutMs: CALL_LIMIT,
      idleTimeoutMs,
      ...(onOpen && { onOpen }),
    });
    yield* parseWatch<T>(`WATCH ${path}`, chunks);
  }

  create<T extends KubeObject>(
    resource: Resource<T>,
    object: Unserved<T>,
    options?: CallOptions,
  ): Promise<T> {
    const { namespace } = object.metadata;
    return this.raw<T>(pathOf(resource, { namespace }), {
      ...options,
      method: 'POST',
      body: typed(resource, object),
    });
  }

  /** Replaces the object. With its resourceVersion in metadata, a change in between is refused as a Conflict. */
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: Unserved<T>,
    options: CallOptions & { subresource?: string } = {},
  ): Promise<T> {
    const { subresource, ...call } = options;
    const { namespace, name } = object.metadata;
    const path = pathOf(resource, { namespace, name, subresource });
    return this.raw<T>(path, { ...call, method: 'PUT', body: typed(resource, object) });
  }

  /** A list is sent as a JSON patch, an object as a merge patch. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    address: ResourceAddress,
    body: Patch,
    options?: CallOptions,
  ): Promise<T> {
    const contentType = Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
    return this.raw<T>(pathOf(resource, address), { ...options, method: 'PATCH', contentType, body });
  }

  /** Server-side apply: afterwards the fields of `object`, and no others, are this manager's. */
  apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(object, undefined, options);
  }

  /** Server-side apply of the status alone. */
  applyStatus<T extends KubeObject>(object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(object, 'status', options);
  }

  /** False where there was none. */
  async delete(resource: Resource, address: ResourceAddress, options: DeleteOptions = {}): Promise<boolean> {
    const { signal, timeoutMs, ...body } = options;
    try {
      await this.raw(pathOf(resource, address), { method: 'DELETE', body, signal, timeoutMs });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** Any path of the API server, such as `/version`; the answer as JSON. */
  async raw<T>(path: string, options?: RawOptions): Promise<T> {
    return JSON.parse(await this.rawText(path, options)) as T;
  }

  /** As raw, for paths that answer with text, such as `/readyz`. */
  rawText(path: string, options: RawOptions = {}): Promise<string> {
    const {
      method = 'GET',
      query,
      contentType = 'application/json',
      body,
      signal,
      timeoutMs = CALL_LIMIT,
    } = options;
    const sent = body === undefined ? {} : { contentType, body: JSON.stringify(body) };
    return this.#transport.send({ method, path, ...(query && { query }), ...sent, signal, timeoutMs });
  }

  /** Ends every connection. Calls that are under way fail. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #apply<T extends KubeObject>(
    object: T,
    subresource: string | undefined,
    options: ApplyOptions,
  ): Promise<T> {
    const { fieldManager, force, dryRun, ...call } = options;
    const { namespace, name } = object.metadata;
    return this.raw<T>(pathOf(resourceOf(object), { namespace, name, subresource }), {
      ...call,
      method: 'PATCH',
      query: { fieldManager, force, dryRun: dryRun ? 'All' : undefined },
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
  }
}

interface ListAnswer<T> {
  metadata: { resourceVersion: string; continue?: string };
  items?: T[];
}

function typed(resource: Resource, object: object): object {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
