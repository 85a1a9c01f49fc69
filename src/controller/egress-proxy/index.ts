/** An EgressProxy: what runs it and how it stands. */
export { isNamespacePolicy } from './observe-objects.ts';
export { reconcileProxy } from './reconcile-proxy.ts';
