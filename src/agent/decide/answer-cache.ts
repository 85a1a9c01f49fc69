import { randomInt } from 'node:crypto';
import { ISSUED_LEASES, LEASE_MS, LEASE_REPORTS_MS, PARENT_LEASE_MS } from '../../proxy/index.ts';
import { detachString } from '../detach-string.ts';
import { RevisionFile } from './revision-file.ts';

/** Inputs of an outcome besides its ACL request: the outcome is valid while they are unchanged. */
export interface Inputs {
  /** Revision of the policy state, read before the rules were evaluated. */
  revision: number;
  /** Whether the client was found; an unknown client is looked up for each request. */
  hasClient: boolean;
  /** The name that was resolved, and the list that `names.cached` returned; undefined if none was resolved. */
  resolved: { name: string; addresses: readonly string[] } | undefined;
  /** Whether parents are used; their credentials change without a new revision. */
  usesParents: boolean;
}

/** The cache of names, as far as answers depend on it. */
export interface CachedNames {
  /** The addresses of a name: the same list until a look-up replaces it. */
  cached(name: string): readonly string[] | undefined;
  /** Milliseconds for which `cached` returns the same list unless the revision changes. */
  cachedForMs(name: string): number;
}

/** Outcomes; limits the memory that a client with a list of names can use. */
const CAPACITY = 10_000;

/**
 * The owner of everything that is answered again without a new decision: outcomes that this agent reuses, leases that
 * the relay reuses, and the revision that ends both. docs/answer-cache.md states the invariant for agent and relay.
 */
export class AnswerCache<Outcome extends { readonly inputs: Inputs }> {
  /** Starts at random, so that no lease of one agent is valid for another. */
  #revision = randomInt(1, 2 ** 47);
  #file: RevisionFile | undefined;
  readonly #outcomes = new Map<string, Outcome>();
  /** Revision of all outcomes. */
  #cachedRevision = 0;
  /** A ring: lease `number` is at `number % ISSUED_LEASES`. */
  readonly #leases: { number: number; outcome: Outcome; until: number }[] = [];
  #lastLease = 0;

  /** Differs after each change of what decisions depend on, apart from names and credentials. */
  get revision(): number {
    return this.#revision;
  }

  /** Writes the revision to a file that the relay maps, now and after each change. */
  publish(path: string): void {
    this.#file = new RevisionFile(path, this.#revision);
  }

  /** Ends the validity of all outcomes and leases; on return the relay sees it, too. */
  invalidate(): void {
    this.#revision += 1;
    this.#file?.write(this.#revision);
  }

  /** The valid outcome of an equal request. */
  find(requestKey: string, names: CachedNames): Outcome | undefined {
    if (this.#cachedRevision !== this.#revision) return undefined;
    const outcome = this.#outcomes.get(requestKey);
    const resolved = outcome?.inputs.resolved;
    if (resolved === undefined) return outcome;
    return names.cached(resolved.name) === resolved.addresses ? outcome : undefined;
  }

  /** Stores an outcome for equal requests unless it must not be reused, or the revision has changed meanwhile. */
  store(requestKey: string, outcome: Outcome): void {
    const { revision, hasClient, usesParents } = outcome.inputs;
    if (!hasClient || usesParents || revision !== this.#revision) return;
    if (revision !== this.#cachedRevision || this.#outcomes.size >= CAPACITY) this.#outcomes.clear();
    this.#cachedRevision = revision;
    this.#outcomes.set(detachString(requestKey), outcome);
  }

  /** Milliseconds from now for which the relay may reuse an allow; 0 if its name has expired since it was evaluated. */
  leaseMs({ inputs: { resolved, usesParents } }: Outcome, names: CachedNames): number {
    const most = usesParents ? PARENT_LEASE_MS : LEASE_MS;
    return resolved === undefined ? most : Math.max(0, Math.min(names.cachedForMs(resolved.name), most));
  }

  /**
   * Returns the number of a new lease, under which the relay reports reuses. Undefined for a lease of no time, and while
   * every place is taken by a lease that can still be reused: a reuse whose lease is forgotten would be a tunnel that
   * closeRevoked does not know.
   * `now`: monotonic milliseconds.
   */
  issueLease(outcome: Outcome, { now, forMs }: { now: number; forMs: number }): number | undefined {
    if (forMs <= 0) return undefined;
    const number = this.#lastLease + 1;
    const place = number % ISSUED_LEASES;
    if ((this.#leases[place]?.until ?? now) > now) return undefined;
    this.#lastLease = number;
    this.#leases[place] = { number, outcome, until: now + forMs + LEASE_REPORTS_MS };
    return number;
  }

  /** The outcome of a lease; undefined if it ended long ago, or another agent issued it. */
  leased(number: number): Outcome | undefined {
    const lease = this.#leases[number % ISSUED_LEASES];
    return lease?.number === number ? lease.outcome : undefined;
  }
}
