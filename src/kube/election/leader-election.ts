import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep, systemClock } from '../../time/index.ts';
import { type LeaseClient, LeaseLock } from './lease-lock.ts';

export interface LeaderElectionOptions {
  client: LeaseClient;
  /** Namespace of the Lease. */
  namespace: string;
  /** Name of the Lease. */
  name: string;
  /** Unique among the candidates, such as the pod's name. */
  identity: string;
  log: Log;
  /** Stops the work, then releases the Lease. */
  signal: AbortSignal;
  /** Called at every change. */
  onChange?: (leading: boolean) => void;
  clock?: Clock;
  random?: () => number;
  /** Milliseconds until a Lease that is not renewed is free for others; default 15,000. */
  leaseDurationMs?: number;
  /** Milliseconds that the leader tries to renew before it stops leading; default 10,000; less than leaseDurationMs. */
  renewDeadlineMs?: number;
  /** Milliseconds between two attempts to acquire or renew; default 2,000. */
  retryPeriodMs?: number;
}

interface Election
  extends Required<Omit<LeaderElectionOptions, 'client' | 'namespace' | 'name' | 'onChange'>> {
  lock: LeaseLock;
  onChange: (leading: boolean) => void;
}

/**
 * Runs `lead` each time this candidate acquires the Lease, until the signal is aborted. `lead`'s own signal is aborted
 * when the Lease is lost: `lead` must stop within leaseDurationMs - renewDeadlineMs (5 s), because another candidate may
 * lead after that. An error of `lead` releases the Lease and is thrown here.
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

/** False if the signal was aborted first. */
async function acquire(election: Election): Promise<boolean> {
  const { signal, clock, random, retryPeriodMs, renewDeadlineMs, lock, log } = election;
  while (!signal.aborted) {
    try {
      if (await lock.tryAcquire(renewDeadlineMs, signal)) return true;
    } catch (err) {
      if (!signal.aborted) log.warn({ err, lease: lock.key }, 'cannot read or write the Lease');
    }
    // client-go's jitter factor: candidates do not retry in step.
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
    log.error({ lease: lock.key }, 'stopped leading: the Lease was not renewed in time');
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

/** True if the Lease is lost, false if the signal was aborted first. */
async function renewUntilLost(election: Election, signal: AbortSignal): Promise<boolean> {
  const { clock, retryPeriodMs, renewDeadlineMs, lock } = election;
  for (;;) {
    const left = () => lock.heldSince + renewDeadlineMs - clock.monotonic();
    await sleep(clock, Math.min(retryPeriodMs, left()), signal);
    if (signal.aborted) return false;
    if (left() <= 0 || !(await stillHeld(election, left(), signal))) return true;
  }
}

/** False if another candidate holds the Lease. Without an answer the Lease counts as held until its deadline. */
async function stillHeld({ lock, log }: Election, limitMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    return await lock.renew(limitMs, signal);
  } catch (err) {
    if (!signal.aborted) log.warn({ err, lease: lock.key }, 'cannot renew the Lease');
    return true;
  }
}
