/** The match conditions of the guards, in CEL, and the selectors of their bindings. */
export { notOnlyPods, notOnlyRedirect, whereEnforced } from './guard-conditions.ts';
export { type SelectorInput, strictSelector } from './selectors.ts';
