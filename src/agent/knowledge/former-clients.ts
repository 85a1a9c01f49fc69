import type { ServedNamespace } from '../../injection/index.ts';

/**
 * The pods of namespaces that moved to another proxy. They were started with this proxy in their variables, and work on
 * it until they are gone. Which they are is seen when the namespace moves, and asked of nothing that a tenant can
 * write; another proxy pod, started later, does not know of them.
 */
export class FormerClients {
  readonly #own: string;
  /** Namespaces that this proxy serves. */
  readonly #served = new Set<string>();
  /** By namespace, the uids of the pods that were there when it moved. */
  readonly #former = new Map<string, ReadonlySet<string>>();

  /** `own`: `<namespace>.<name>` of this proxy. */
  constructor(own: string) {
    this.#own = own;
  }

  /** Told of each namespace whenever it may have changed; `pods` gives the uids of those in it. */
  see(
    namespace: string,
    served: ServedNamespace | undefined,
    servedBy: string | undefined,
    pods: () => Iterable<string>,
  ): void {
    const ours = servedBy === this.#own;
    const was = this.#served.has(namespace);
    if (ours) {
      this.#served.add(namespace);
      this.#former.delete(namespace);
      return;
    }
    this.#served.delete(namespace);
    // One that is served by nobody any more, or is gone, keeps no one here.
    if (served?.kind !== 'served') this.#former.delete(namespace);
    else if (was) this.#former.set(namespace, new Set(pods()));
  }

  has(namespace: string, uid: string): boolean {
    return this.#former.get(namespace)?.has(uid) ?? false;
  }
}
