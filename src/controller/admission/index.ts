/** What the guards know of the cluster, as CEL. */
export { notOnlyPods, notOnlyRedirect, whereEnforced } from './guard-conditions.ts';
/** Our fields in the webhook configurations and the guards. */
export { reconcileAdmission } from './reconcile-admission.ts';
