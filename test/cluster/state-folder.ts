const { KUBE_EGRESS_STATE, KUBE_EGRESS_CLUSTER = '0' } = process.env;

/** Where `scripts/cluster` keeps the logs of the cluster that these tests run on (local/settings.sh). */
export const stateFolder =
  KUBE_EGRESS_STATE ??
  `/var/lib/kube-egress-cluster${KUBE_EGRESS_CLUSTER === '0' ? '' : `-${KUBE_EGRESS_CLUSTER}`}`;
