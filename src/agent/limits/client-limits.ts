import { remember } from '../../bounded/index.ts';
import { DEFAULT_CONNECTIONS, DEFAULT_REQUESTS_PER_SECOND, RATE_WAIT_MS } from '../../proxy/index.ts';
import { type Client, narrowLimits, type Refusal, refusal } from '../../rules/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import type { OpenRequests } from '../open-requests/index.ts';
import type { PolicyState } from '../state/index.ts';
import { RequestRate } from './request-rate.ts';

export interface ClientLimitsOptions {
  policy: Pick<PolicyState, 'ruleSets' | 'proxy'>;
  /** The revision of the policy state, and what ends the leases of all clients: AnswerCache. */
  answers: { readonly revision: number; invalidate(): void };
  open: Pick<OpenRequests, 'count' | 'has' | 'markGone'>;
  /** `address port` of clients with an open connection; undefined if the kernel does not list them. */
  peers: () => Promise<ReadonlySet<string> | undefined>;
  clock: Clock;
}

/** Whether a request may be decided: immediately, after a wait, or not. */
export interface Admission {
  waitMs: number;
  refusal: Refusal | undefined;
  /** The client has too many open requests, unless some have ended whose log line was not read yet. */
  recounts: boolean;
}

/** Limits of an owner, as the EgressProxy and the cluster rule sets of a revision set them. */
interface Effective {
  revision: number;
  connections: number;
  rate: { perSecond: number; burst: number };
}

/** Owners whose rates and limits are remembered; the one that asked least recently is dropped. */
const CAPACITY = 10_000;
/** Requests that wait for their refusal; more are refused immediately. */
const MOST_DELAYED = 4096;
/**
 * Reuses that the relay has not reported yet: it reports after 32 KiB (REPORT_AT in src/relay/lease.c) of lines that have
 * 40 bytes at least.
 */
const MOST_UNREPORTED = 1000;
/** The part of a limit from which on a client gets no lease, and below which it gets leases again. */
const [HOT, COOL] = [0.5, 0.1];
/** Milliseconds between two counts of open connections because a client has too many: the kernel's list is long. */
const RECOUNT = 1000;

const immediately: Admission = { waitMs: 0, refusal: undefined, recounts: false };

/**
 * What each client may use of this proxy pod, so that none takes it from the others: requests a second, and open
 * requests and tunnels. Clients are counted by owner, since a namespace can have any number of pods. Leases do not evade
 * the limits: a client that uses half of one gets no lease, and its leases end; what the relay answered by then is
 * counted from its reports.
 */
export class ClientLimits {
  readonly #options: ClientLimitsOptions;
  readonly #rates = new Map<string, RequestRate>();
  readonly #effective = new Map<string, Effective>();
  /** Owners that get no lease. */
  readonly #hot = new Set<string>();
  #delayed = 0;
  #recountedAt = Number.NEGATIVE_INFINITY;
  #recounting: Promise<void> = Promise.resolve();

  constructor(options: ClientLimitsOptions) {
    this.#options = options;
  }

  /** Counts a request before it is decided. `connection`: `address port` of the client. */
  admit(client: Client, connection: string): Admission {
    const owner = ownerOf(client);
    const { rate } = this.#limitsOf(owner, client);
    const waitMs = this.#rateOf(owner).take(rate, this.#options.clock.monotonic());
    const recounts = this.exceeded(client, connection) !== undefined;
    if (waitMs === 0 && !recounts) return immediately;
    if (waitMs !== undefined) return { waitMs, refusal: undefined, recounts };
    const detail = `more than ${rate.perSecond} requests a second in this proxy pod`;
    // A client that waits for its refusal does not ask again meanwhile.
    const delays = this.#delayed < MOST_DELAYED;
    return {
      waitMs: delays ? RATE_WAIT_MS : 0,
      refusal: refusal('RateLimited', { detail, remedy: 'operator' }),
      recounts: false,
    };
  }

  /** Waits until an admitted request may be decided, or a rejected one answered. */
  async wait({ waitMs, recounts }: Admission): Promise<void> {
    this.#delayed += 1;
    try {
      if (waitMs > 0) await sleep(this.#options.clock, waitMs);
      if (recounts) await this.#recount();
    } finally {
      this.#delayed -= 1;
    }
  }

  /** Requests that wait. */
  get delayed(): number {
    return this.#delayed;
  }

  /**
   * The refusal of one more request or tunnel of a client that has too many. A connection has one request at a time: its
   * next one takes the place of the one before, whose log line may not have been read.
   */
  exceeded(client: Client, connection: string): Refusal | undefined {
    const owner = ownerOf(client);
    const { connections } = this.#limitsOf(owner, client);
    const { open } = this.#options;
    const others = open.count(owner) - (open.has(connection) ? 1 : 0);
    if (others < connections) return undefined;
    const detail = `${connections} open connections in this proxy pod`;
    return refusal('TooManyConnections', { detail, remedy: 'operator' });
  }

  /** Whether the relay may answer equal requests of a client by itself. */
  mayLease(client: Client): boolean {
    const owner = ownerOf(client);
    return this.#canLease(owner, client) && !this.#hot.has(owner);
  }

  /** A client has used more of its limits: at half of one its leases end, and it gets none until it uses little again. */
  used(client: Client): void {
    const owner = ownerOf(client);
    if (!this.#canLease(owner, client)) return;
    const used = this.#used(owner, client);
    if (used <= COOL) this.#hot.delete(owner);
    if (used < HOT || this.#hot.has(owner)) return;
    this.#hot.add(owner);
    this.#options.answers.invalidate();
  }

  /** The relay has answered a request by a lease. */
  reused(client: Client): void {
    const owner = ownerOf(client);
    const { rate } = this.#limitsOf(owner, client);
    this.#rateOf(owner).charge(rate, this.#options.clock.monotonic());
    this.used(client);
  }

  /** Open requests and tunnels that a client's owner may have. */
  connectionsOf(client: Client): number {
    return this.#limitsOf(ownerOf(client), client).connections;
  }

  /** Whether the rest of a limit, above HOT, covers what the relay does before the agent knows it. */
  #canLease(owner: string, client: Client): boolean {
    const { connections, rate } = this.#limitsOf(owner, client);
    return Math.min(rate.burst, connections) * HOT >= MOST_UNREPORTED;
  }

  /** Finds the requests whose clients have gone. While the log is not read, this is how their ends are known. */
  #recount(): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (now - this.#recountedAt < RECOUNT) return this.#recounting;
    this.#recountedAt = now;
    this.#recounting = this.#markGone();
    return this.#recounting;
  }

  async #markGone(): Promise<void> {
    const { open, peers, clock } = this.#options;
    const now = clock.now();
    const connected = await peers();
    if (connected !== undefined) open.markGone(now, (connection) => connected.has(connection), now);
  }

  #used(owner: string, client: Client): number {
    const { connections, rate } = this.#limitsOf(owner, client);
    const ofRate = this.#rateOf(owner).used(rate, this.#options.clock.monotonic());
    return Math.max(ofRate, this.#options.open.count(owner) / connections);
  }

  #rateOf(owner: string): RequestRate {
    const rate = this.#rates.get(owner) ?? new RequestRate();
    remember(this.#rates, owner, rate, CAPACITY);
    return rate;
  }

  #limitsOf(owner: string, client: Client): Effective {
    const { policy, answers } = this.#options;
    const { revision } = answers;
    const known = this.#effective.get(owner);
    if (known?.revision === revision) return known;
    const narrowed = narrowLimits(policy.proxy?.spec.limits ?? {}, policy.ruleSets.limitsFor(client));
    const { connections = DEFAULT_CONNECTIONS, requestsPerSecond: perSecond = DEFAULT_REQUESTS_PER_SECOND } =
      narrowed;
    const rate = { perSecond, burst: narrowed.requestBurst ?? 2 * perSecond };
    const effective = { revision, connections, rate };
    remember(this.#effective, owner, effective, CAPACITY);
    return effective;
  }
}

/** Who is limited together: a namespace, or an address that is not a pod's. */
export function ownerOf(client: Client): string {
  return client.kind === 'pod' ? client.namespace : client.address.text;
}
