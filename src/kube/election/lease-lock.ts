import type { Log } from '../../telemetry/index.ts';
import { type Clock, timeoutSignal } from '../../time/index.ts';
import { isAlreadyExists, isConflict } from '../client/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import { type Lease, resources } from '../resources.ts';

/** The part of KubeClient that a lock uses. */
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

/** Milliseconds. If a release takes longer, the Lease expires instead. */
const RELEASE_LIMIT = 5_000;

/**
 * One candidate's view of a Lease. Expiry is measured on its own clock, from when it saw the Lease change, so clocks of
 * two machines are never compared. Every write carries the resourceVersion that it replaces.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  /** The Lease as this candidate last wrote it; undefined if it does not hold it. */
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
   * When the last successful write was sent, on the monotonic clock. Other candidates count the Lease's duration from
   * this time or later.
   */
  get heldSince(): number {
    return this.#heldSince;
  }

  /** Acquires the Lease if it is free or expired. False if another candidate holds it. */
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

  /** Renews the Lease. False if another candidate holds it. Throws if the API server does not answer in time. */
  renew(limitMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#within(limitMs, signal, async (limited) => {
      const held = this.#held;
      if (held === undefined) return false;
      const transitions = held.spec?.leaseTransitions ?? 0;
      if (await this.#write(transitions, held, limited)) return true;
      // The Lease has changed: another client wrote it (a label), or the answer to a renewal of ours was lost.
      const { client, namespace, name, identity } = this.#options;
      const lease = await client.find(resources.leases, { namespace, name }, { signal: limited });
      if (lease?.spec?.holderIdentity !== identity) return false;
      return this.#write(transitions, lease, limited);
    });
  }

  /** Frees the Lease for the next candidate. Never throws: without a release the Lease expires. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const { client, log, namespace, name, identity } = this.#options;
    try {
      if (await this.#writeReleased(held)) return;
      // A renewal that was aborted when the candidate stopped may have reached the API server nevertheless.
      const lease = await client.find(resources.leases, { namespace, name }, { timeoutMs: RELEASE_LIMIT });
      if (lease?.spec?.holderIdentity === identity) await this.#writeReleased(lease);
    } catch (err) {
      log.warn({ err, lease: this.key }, 'the Lease was not released; it expires by itself');
    }
  }

  /** False if the Lease has changed since it was read. */
  async #writeReleased(lease: Lease): Promise<boolean> {
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#microTime() };
    try {
      await this.#options.client.update(resources.leases, { ...lease, spec }, { timeoutMs: RELEASE_LIMIT });
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
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

  /** False if another client wrote the Lease first. */
  async #write(transitions: number, old: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity, leaseDurationMs } = this.#options;
    const sentAt = this.#options.clock.monotonic();
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
      this.#heldSince = sentAt;
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** The current time as metav1.MicroTime. */
  #microTime(): string {
    return new Date(this.#options.clock.now()).toISOString().replace('Z', '000Z');
  }

  async #within<T>(ms: number, outer: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    using timeout = timeoutSignal(this.#options.clock, ms, outer);
    // Awaited here: the timeout is disposed at the end of this block.
    return await act(timeout.signal);
  }
}
