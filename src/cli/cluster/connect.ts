import { type Cluster, KubeClient, loadCluster } from '../../kube/index.ts';
import type { Invocation } from '../command-line/index.ts';

/** The cluster that a command works on. */
export interface Connection {
  client: KubeClient;
  /** `-n`, or the namespace of the kubeconfig's context. */
  namespace: string;
}

/** Runs a command with a client of the cluster that the flags name, and closes it. */
export async function withCluster(
  { text, texts }: Pick<Invocation, 'text' | 'texts'>,
  run: (connection: Connection) => Promise<number>,
): Promise<number> {
  const { kubeconfig, context } = { kubeconfig: text('kubeconfig'), context: text('context') };
  const cluster = await loadCluster({ kubeconfig, context });
  const client = new KubeClient(impersonate(cluster, text('as'), texts('as-group')));
  try {
    return await run({ client, namespace: text('namespace') ?? client.namespace ?? 'default' });
  } finally {
    await client.close();
  }
}

function impersonate(cluster: Cluster, user: string | undefined, groups: readonly string[]): Cluster {
  if (user === undefined) return cluster;
  return {
    ...cluster,
    async credentials() {
      const { headers, ...rest } = await cluster.credentials();
      const group = groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] };
      return { ...rest, headers: { ...headers, 'Impersonate-User': user, ...group } };
    },
  };
}
