import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep, systemClock } from '../../time/index.ts';
import { type LeaseClient, LeaseLock } from './lease-lock.ts';

export interface LeaderElectionOptions {
  client: LeaseClient;
  /** Of the Lease. */
  namespace: string;
  /** Of the Lease. */
  name: string;
  /** Unlike every other candidate's, such as the pod's name. */
  identity: string;
  log: Log;
  /** Ends it: the work is stopped, then the Lease is released. */
  signal: AbortSignal;
  /** Told at every change. */
  onChange?: (leading: boolean) => void;
  clock?: Clock;
  random?: () => number;
  /** How long others leave a Lease alone that is not renewed; default 15,000. */
  leaseDurationMs?: number;
  /** How long the leader tries to renew before it stops; default 10,000; less than leaseDurationMs. */
  renewDeadlineMs?: number;
  /** Between two attempts to acquire or renew; default 2,000. */
  retryPeriodMs?: number;
}

interface Election
  extends Required<Omit<LeaderElectionOptions, 'client' | 'namespace' | 'name' | 'onChange'>> {
  lock: LeaseLock;
  onChange: (leading: boolean) => void;
}

/**
 * Runs `lead` while this candidate holds the Lease, again whenever it gets it again, until the signal is aborted.
 * The signal that `lead` is given is aborted when the Lease is lost: `lead` must stop within leaseDurationMs -
 * renewDeadlineMs (5 s), since then another one may lead. What `lead` throws is thrown here, with the Lease released.
 */
export async function runWhenLeader(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const election = withDefaults(options);
  const { signal, lock, log } = election;
  while (!signal.aborted) {
    if (!(await acquire(election))) break;
    log.info({ lease: lock.key, identity: election.identity }, 'leading');
    election.onChange(true);
    try {
      await leadAndRenew(election, lead);
    } finally {
      election.onChange(false);
      await lock.release();
    }
  }
}

function withDefaults(options: LeaderElectionOptions): Election {
  const { clock = systemClock, random = Math.random, onChange = () => {} } = options;
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
  if (!(retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
    throw new RangeError('leader election needs retryPeriodMs < renewDeadlineMs < leaseDurationMs');
  }
  const lock = new LeaseLock({ ...options, clock, leaseDurationMs });
  return { ...options, clock, random, onChange, leaseDurationMs, renewDeadlineMs, retryPeriodMs, lock };
}

/** False when the signal was aborted first. */
async function acquire(election: Election): Promise<boolean> {
  const { signal, clock, random, retryPeriodMs, renewDeadlineMs, lock, log } = election;
  while (!signal.aborted) {
    try {
      if (await lock.tryAcquire(renewDeadlineMs, signal)) return true;
    } catch (err) {
      if (!signal.aborted) log.warn({ err, lease: lock.key }, 'cannot read or write the Lease');
    }
    // client-go's jitter factor, so that candidates do not stay in step.
    await sleep(clock, retryPeriodMs * (1 + 1.2 * random()), signal);
  }
  return false;
}

async function leadAndRenew(election: Election, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal, lock, log } = election;
  const leading = new AbortController();
  const done = new AbortController();
  const stop = () => leading.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const renewing = renewUntilLost(election, AbortSignal.any([done.signal, leading.signal])).then((lost) => {
    if (!lost) return;
    log.error({ lease: lock.key }, 'no longer leading: the Lease could not be renewed in time');
    leading.abort(new Error('the Lease is lost'));
  });
  try {
    await lead(leading.signal);
  } finally {
    signal.removeEventListener('abort', stop);
    done.abort();
    await renewing;
  }
}

/** True when the Lease is lost, false when the signal was aborted first. */
async function renewUntilLost(election: Election, signal: AbortSignal): Promise<boolean> {
  const { clock, retryPeriodMs, renewDeadlineMs, lock } = election;
  for (;;) {
    const left = () => lock.heldSince + renewDeadlineMs - clock.monotonic();
    await sleep(clock, Math.min(retryPeriodMs, left()), signal);
    if (signal.aborted) return false;
    if (left() <= 0 || !(await stillHeld(election, left(), signal))) return true;
  }
}

/** False when another candidate has the Lease. Without an answer the Lease is held until its deadline. */
async function stillHeld({ lock, log }: Election, limitMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    return await lock.renew(limitMs, signal);
  } catch (err) {
    if (!signal.aborted) log.warn({ err, lease: lock.key }, 'cannot renew the Lease');
    return true;
  }
}
