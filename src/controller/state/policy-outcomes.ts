import { isDeepStrictEqual } from 'node:util';
import { Notifier } from './notifier.ts';

/** What came of the policies of a namespace. */
export interface PolicyOutcome {
  /** Whether they were applied without a failure. */
  isApplied: boolean;
  /** Names of policies that exist under our names and are not ours. */
  conflicts: readonly string[];
  /** Name of the policy that closes the namespace instead of those; undefined without a conflict. */
  replacement: string | undefined;
}

/** The outcome of each namespace, which the controller that applies policies tells to the one that reports. */
export class PolicyOutcomes {
  readonly #byNamespace = new Map<string, PolicyOutcome>();
  readonly #notifier = new Notifier<string>();

  /** Calls the listener with each namespace whose outcome has changed. */
  subscribe(listener: (namespace: string) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  /** Undefined until the policies of the namespace were reconciled. */
  get(namespace: string): PolicyOutcome | undefined {
    return this.#byNamespace.get(namespace);
  }

  set(namespace: string, outcome: PolicyOutcome): void {
    if (isDeepStrictEqual(this.#byNamespace.get(namespace), outcome)) return;
    this.#byNamespace.set(namespace, outcome);
    this.#notifier.notify(namespace);
  }

  delete(namespace: string): void {
    this.#byNamespace.delete(namespace);
  }
}
