/** Time that tests can set: clocks, sleeping, deadlines and back-off. Nothing here knows Kubernetes. */
export { type BackoffOptions, backoffMs } from './backoff.ts';
export { type Clock, sleep, systemClock } from './clock.ts';
export { type TimeLimit, timeLimit } from './time-limit.ts';
