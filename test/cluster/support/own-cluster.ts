import { join } from 'node:path';
import { stateFolderOf, testClusters } from './clusters.ts';

/**
 * Before each file. Where a run has clusters to choose from, each of its workers keeps to one: no two files ever share a
 * cluster at one time. Otherwise the tests run on the cluster of `KUBECONFIG`, as the caller set it.
 */
if (process.env['KUBE_EGRESS_TEST_CLUSTERS'] !== undefined) {
  const worker = Number(process.env['VITEST_POOL_ID']);
  const cluster = testClusters[worker - 1];
  if (cluster === undefined)
    throw new Error(`worker ${worker} has no cluster among ${testClusters.join(', ')}`);
  process.env['KUBE_EGRESS_CLUSTER'] = cluster;
  process.env['KUBECONFIG'] = join(stateFolderOf(cluster), 'pki/admin.kubeconfig');
}
