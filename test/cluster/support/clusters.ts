const {
  KUBE_EGRESS_STATE = '/var/lib/kube-egress-cluster',
  KUBE_EGRESS_CLUSTER = '0',
  KUBE_EGRESS_TEST_CLUSTERS = KUBE_EGRESS_CLUSTER,
} = process.env;

/** The clusters of this machine, by number, that the files of a run are spread over: one, or those of `scripts/test`. */
export const testClusters = KUBE_EGRESS_TEST_CLUSTERS.split(' ');

/** Where `scripts/cluster` keeps what belongs to a cluster (local/settings.sh). */
export function stateFolderOf(cluster: string): string {
  return `${KUBE_EGRESS_STATE}${cluster === '0' ? '' : `-${cluster}`}`;
}
