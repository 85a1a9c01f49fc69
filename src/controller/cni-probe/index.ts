/** Whether the cluster's network enforces NetworkPolicy, without which nothing here holds. */
export { reconcileCniProbe } from './reconcile-cni-probe.ts';
