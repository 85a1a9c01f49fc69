import { onCluster } from '../cluster/support/second-node.ts';

/** A component of Kubernetes is away while that is done: what it keeps on disk stays. */
export async function away(
  component: string,
  signal: 'KILL' | 'TERM',
  meanwhile: () => Promise<void>,
): Promise<void> {
  await onCluster(`component node-1 ${component} ${signal}`);
  try {
    await meanwhile();
  } finally {
    await onCluster(`component node-1 ${component} start`, 130);
  }
}
