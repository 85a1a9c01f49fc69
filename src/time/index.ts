/** Clocks that tests can set, sleeping, timeouts and back-off. Independent of Kubernetes. */
export { type BackoffOptions, backoffMs } from './backoff.ts';
export { type Clock, sleep, systemClock, untilTick } from './clock.ts';
export { coalesce } from './coalesce.ts';
export { inTurns } from './in-turns.ts';
export { type TimeoutSignal, timeoutSignal } from './timeout-signal.ts';
