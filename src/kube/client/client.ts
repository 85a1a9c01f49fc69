import type { KubeObject } from '../object.ts';
import { apiVersionOf, pathOf, type Resource, type ResourceAddress } from '../resource.ts';
import { resourceOf, resources } from '../resources.ts';
import { isNotFound } from './api-error.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  LogOptions,
  Page,
  Patch,
  RawOptions,
  Selection,
  WatchOptions,
  WritableObject,
} from './call.ts';
import type { Cluster } from './cluster.ts';
import { PageSize } from './page-size.ts';
import { AnswerTooLargeError, type Query, Transport } from './transport.ts';
import { lines, parseWatch, type WatchEvent } from './watch-event.ts';

/** Milliseconds. */
const CALL_TIMEOUT = 15_000;
/** Milliseconds. */
const PAGE_TIMEOUT = 60_000;
/** Milliseconds. */
const LOG_SILENCE = 60_000;
const INITIAL_EVENTS = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };

/**
 * Client of the API server by resource. Objects are sent and returned as plain JSON, so no field is lost. Every call
 * throws ApiError, UnreachableError, or the reason of an aborted signal.
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

  /** Like get, but returns undefined if the object does not exist. */
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

  /** Lists all objects, page by page. The read is consistent: never from the API server's cache. */
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

  /** The resourceVersion of the newest state of what is selected; reads one object at most. Never from the API server's cache. */
  async latestVersion<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, labelSelector, fieldSelector }: Selection = {},
    options: CallOptions = {},
  ): Promise<string> {
    const query = { labelSelector, fieldSelector, limit: 1 };
    const { metadata } = await this.raw<ListAnswer<T>>(pathOf(resource, { namespace }), {
      ...options,
      query,
    });
    return metadata.resourceVersion;
  }

  /** Yields the pages of a list, each requested on demand. A late page may be rejected as expired (410). */
  async *pages<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, labelSelector, fieldSelector }: Selection = {},
    { signal, timeoutMs = PAGE_TIMEOUT }: CallOptions = {},
  ): AsyncGenerator<Page<T>> {
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    const size = new PageSize();
    let next: string | undefined;
    do {
      const request = { selector: { labelSelector, fieldSelector }, next, signal, timeoutMs };
      const page = await this.#page<T>(pathOf(resource, { namespace }), size, request);
      // Items in a list of a built-in kind have no apiVersion and kind.
      const items = (page.items ?? []).map((item) => ({ ...type, ...item }));
      yield { items, resourceVersion: page.metadata.resourceVersion };
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
  }

  /** Reads the next page of a list, with as many objects as may be parsed in one turn of the event loop. */
  async #page<T>(
    path: string,
    size: PageSize,
    { selector, next, ...call }: PageRequest,
  ): Promise<ListAnswer<T>> {
    for (;;) {
      const query = { ...selector, limit: size.objects, continue: next };
      try {
        const text = await this.#transport.send({
          ...call,
          method: 'GET',
          path,
          query,
          mostBytes: size.mostBytes,
        });
        size.read(text.length);
        return JSON.parse(text) as ListAnswer<T>;
      } catch (error) {
        if (!(error instanceof AnswerTooLargeError)) throw error;
        size.tooLarge();
      }
    }
  }

  /** Yields changes until the server ends the watch, each object as `trim` makes it. Throws an ERROR event as ApiError. */
  async *watch<T extends KubeObject, S>(
    resource: Resource<T>,
    options: WatchOptions,
    trim: (object: T) => S,
  ): AsyncGenerator<WatchEvent<S>> {
    const { namespace, signal, idleTimeoutMs, onOpen, ...query } = options;
    const path = pathOf(resource, { namespace });
    const chunks = this.#transport.open({
      method: 'GET',
      path,
      query: {
        ...query,
        watch: true,
        allowWatchBookmarks: true,
        ...(query.resourceVersion === undefined && INITIAL_EVENTS),
      },
      signal,
      timeoutMs: CALL_TIMEOUT,
      idleTimeoutMs,
      ...(onOpen && { onOpen }),
    });
    yield* parseWatch(`WATCH ${path}`, chunks, trim);
  }

  /**
   * Yields the lines of a container's log, each with the time at which its node read it. With `follow`, until the container
   * ends or the log is silent for `idleTimeoutMs`.
   */
  async *logLines(
    pod: { namespace: string; name: string },
    { signal, idleTimeoutMs = LOG_SILENCE, ...query }: LogOptions,
  ): AsyncGenerator<string> {
    const path = pathOf(resources.pods, { ...pod, subresource: 'log' });
    const chunks = this.#transport.open({
      method: 'GET',
      path,
      query: { ...query, timestamps: true },
      signal,
      timeoutMs: CALL_TIMEOUT,
      idleTimeoutMs,
    });
    yield* lines(chunks);
  }

  create<T extends KubeObject>(
    resource: Resource<T>,
    object: WritableObject<T>,
    options?: CallOptions,
  ): Promise<T> {
    const { namespace } = object.metadata;
    return this.raw<T>(pathOf(resource, { namespace }), {
      ...options,
      method: 'POST',
      body: typed(resource, object),
    });
  }

  /** Replaces the object. If metadata has a resourceVersion, a change since then is rejected as a Conflict. */
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: WritableObject<T>,
    options: CallOptions & { subresource?: string } = {},
  ): Promise<T> {
    const { subresource, ...call } = options;
    const { namespace, name } = object.metadata;
    const path = pathOf(resource, { namespace, name, subresource });
    return this.raw<T>(path, { ...call, method: 'PUT', body: typed(resource, object) });
  }

  /** Patches the object: a list is a JSON patch, an object is a merge patch. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    address: ResourceAddress,
    body: Patch,
    options?: CallOptions,
  ): Promise<T> {
    const contentType = Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
    return this.raw<T>(pathOf(resource, address), { ...options, method: 'PATCH', contentType, body });
  }

  /** Server-side apply: afterwards this manager owns exactly the fields of `object`. */
  apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(object, undefined, options);
  }

  /** Server-side apply of the status subresource. */
  applyStatus<T extends KubeObject>(object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(object, 'status', options);
  }

  /** Deletes the object. False if it does not exist. */
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

  /** Requests any path of the API server, such as `/version`, and parses the answer as JSON. */
  async raw<T>(path: string, options?: RawOptions): Promise<T> {
    return JSON.parse(await this.rawText(path, options)) as T;
  }

  /** Like raw, for paths that answer with text, such as `/readyz`. */
  rawText(path: string, options: RawOptions = {}): Promise<string> {
    const {
      method = 'GET',
      query,
      contentType = 'application/json',
      body,
      signal,
      timeoutMs = CALL_TIMEOUT,
    } = options;
    const sent = body === undefined ? {} : { contentType, body: JSON.stringify(body) };
    return this.#transport.send({ method, path, ...(query && { query }), ...sent, signal, timeoutMs });
  }

  /** Closes every connection. Running calls fail. */
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

interface PageRequest {
  selector: Query;
  /** The token of the page before. */
  next: string | undefined;
  signal: AbortSignal | undefined;
  timeoutMs: number;
}

interface ListAnswer<T> {
  metadata: { resourceVersion: string; continue?: string };
  items?: T[];
}

function typed(resource: Resource, object: object): object {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
