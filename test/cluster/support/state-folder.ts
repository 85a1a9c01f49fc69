import { stateFolderOf } from './clusters.ts';

/** State folder of the cluster that this file's tests run on. */
export const stateFolder = stateFolderOf(process.env['KUBE_EGRESS_CLUSTER'] ?? '0');
