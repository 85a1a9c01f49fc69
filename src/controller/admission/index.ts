/** The match conditions of the guards, in CEL. */
export { notOnlyPods, notOnlyRedirect, whereEnforced } from './guard-conditions.ts';
