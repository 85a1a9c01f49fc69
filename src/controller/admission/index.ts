/** Our fields in the webhook configurations and the guards' bindings. */
export { reconcileAdmission } from './reconcile-admission.ts';
