import type { ServedNamespace } from '../../injection/index.ts';

/**
 * Pods of namespaces that have moved to another proxy. They were started with this proxy in their variables and use it
 * until they end. They are recorded when the namespace moves, not read from a field that a tenant can write; a proxy
 * pod that starts later does not know them.
 */
export class FormerClients {
  readonly #own: string;
  /** Namespaces that this proxy serves. */
  readonly #served = new Set<string>();
  /** UIDs of the pods that existed when their namespace moved, by namespace. */
  readonly #former = new Map<string, ReadonlySet<string>>();

  /** `own`: `<namespace>.<name>` of this proxy. */
  constructor(own: string) {
    this.#own = own;
  }

  /** Call whenever a namespace, or how it is served, may have changed; `pods` lists the UIDs of its pods. */
  update(
    namespace: string,
    served: ServedNamespace | undefined,
    servedBy: string | undefined,
    pods: () => Iterable<string>,
  ): void {
    const isOurs = servedBy === this.#own;
    const wasOurs = this.#served.has(namespace);
    if (isOurs) {
      this.#served.add(namespace);
      this.#former.delete(namespace);
      return;
    }
    this.#served.delete(namespace);
    // A namespace that is deleted, or that no proxy serves, has no former clients.
    if (served?.kind !== 'served') this.#former.delete(namespace);
    else if (wasOurs) this.#former.set(namespace, new Set(pods()));
  }

  /** Whether the namespace has former clients, or had some that have ended. */
  hasAny(namespace: string): boolean {
    return this.#former.has(namespace);
  }

  has(namespace: string, uid: string): boolean {
    return this.#former.get(namespace)?.has(uid) ?? false;
  }
}
