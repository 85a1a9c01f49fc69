import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { isAlreadyExists, isConflict } from '../client/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import { type Lease, resources } from '../resources.ts';

/** What it takes of a client. */
export type LeaseClient = Pick<KubeClient, 'find' | 'create' | 'update'>;

export interface LeaseLockOptions {
  client: LeaseClient;
  namespace: string;
  name: string;
  identity: string;
  leaseDurationMs: number;
  clock: Clock;
  log: Log;
}

/** Milliseconds: a release that takes longer is left to the Lease's own end. */
const RELEASE_LIMIT = 5_000;

/**
 * One candidate's view of a Lease. Time is measured on its own clock, from when it saw the Lease change: the clocks
 * of two machines are never compared. Every write names the resourceVersion that it replaces.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  /** The Lease as this candidate last wrote it, while it holds it. */
  #held: Lease | undefined;
  #heldSince = 0;
  #seen: { resourceVersion: string | undefined; at: number } | undefined;

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** `namespace/name`. */
  get key(): string {
    return `${this.#options.namespace}/${this.#options.name}`;
  }

  /**
   * Before the last write that succeeded was sent, on the monotonic clock: others may count the Lease's time from
   * any moment since.
   */
  get heldSince(): number {
    return this.#heldSince;
  }

  /** Takes the Lease when nobody has it or its holder has let it run out. False when somebody else has it. */
  tryAcquire(limitMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#within(limitMs, signal, async (limited) => {
      const { client, namespace, name } = this.#options;
      const lease = await client.find(resources.leases, { namespace, name }, { signal: limited });
      if (lease === undefined) return this.#write(0, undefined, limited);
      if (!this.#isFree(lease)) return false;
      const transitions = lease.spec?.leaseTransitions ?? 0;
      const again = lease.spec?.holderIdentity === this.#options.identity;
      return this.#write(again ? transitions : transitions + 1, lease, limited);
    });
  }

  /** False when another candidate has the Lease. Throws when the API server did not answer in time. */
  renew(limitMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#within(limitMs, signal, async (limited) => {
      const held = this.#held;
      if (held === undefined) return false;
      const transitions = held.spec?.leaseTransitions ?? 0;
      if (await this.#write(transitions, held, limited)) return true;
      // Somebody wrote it: a label perhaps, or a renewal of ours whose answer was lost.
      const { client, namespace, name, identity } = this.#options;
      const lease = await client.find(resources.leases, { namespace, name }, { signal: limited });
      if (lease?.spec?.holderIdentity !== identity) return false;
      return this.#write(transitions, lease, limited);
    });
  }

  /** Lets the next candidate in at once. Never throws: a Lease that is not released runs out. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const { client, log } = this.#options;
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#microTime() };
    try {
      await client.update(resources.leases, { ...held, spec }, { timeoutMs: RELEASE_LIMIT });
    } catch (err) {
      if (!isConflict(err))
        log.warn({ err, lease: this.key }, 'the Lease was not released and runs out by itself');
    }
  }

  #isFree({ metadata: { resourceVersion }, spec }: Lease): boolean {
    const now = this.#options.clock.monotonic();
    if (this.#seen?.resourceVersion !== resourceVersion) this.#seen = { resourceVersion, at: now };
    const holder = spec?.holderIdentity ?? '';
    if (holder === '' || holder === this.#options.identity) return true;
    const promisedMs = (spec?.leaseDurationSeconds ?? 0) * 1000 || this.#options.leaseDurationMs;
    return now - (this.#seen?.at ?? now) >= promisedMs;
  }

  /** False when somebody else wrote first. */
  async #write(transitions: number, old: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity, leaseDurationMs } = this.#options;
    const asked = this.#options.clock.monotonic();
    const now = this.#microTime();
    const renewed = old?.spec?.holderIdentity === identity ? old.spec.acquireTime : undefined;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: renewed ?? now,
      renewTime: now,
      leaseTransitions: transitions,
    };
    const metadata = old?.metadata ?? { namespace, name };
    try {
      this.#held =
        old === undefined
          ? await client.create(resources.leases, { metadata, spec }, { signal })
          : await client.update(resources.leases, { ...old, metadata, spec }, { signal });
      this.#heldSince = asked;
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** metav1.MicroTime. */
  #microTime(): string {
    return new Date(this.#options.clock.now()).toISOString().replace('Z', '000Z');
  }

  async #within<T>(ms: number, outer: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const follow = () => controller.abort(outer.reason);
    const cancel = this.#options.clock.after(ms, () =>
      controller.abort(new Error(`no answer within ${ms} ms`)),
    );
    outer.addEventListener('abort', follow, { once: true });
    if (outer.aborted) follow();
    try {
      return await act(controller.signal);
    } finally {
      cancel();
      outer.removeEventListener('abort', follow);
    }
  }
}
