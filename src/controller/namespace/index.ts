/** A namespace: what closes it and how it stands. */
export { reconcileNamespace } from './reconcile-namespace.ts';
export { Reported } from './reported.ts';
