/** A namespace: what closes it and how it stands. */
export { reconcileNamespace } from './reconcile-namespace.ts';
export { ReportedPods } from './reported-pods.ts';
