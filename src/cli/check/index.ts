/** Whether a request would pass, and why. Pure. */
export { type CheckedTarget, checkerOf, checkTargets } from './check-target.ts';
export { readTarget } from './read-target.ts';
