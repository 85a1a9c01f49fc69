import {
  type Cluster,
  KubeClient,
  loadCluster,
  loadPortForward,
  type PortForward,
} from '../../kube/index.ts';
import { type Invocation, UsageError } from '../command-line/index.ts';

/** The cluster that a command works on. */
export interface Connection {
  client: KubeClient;
  cluster: Cluster;
  /** Prepares connections to ports of pods. Throws UsageError with `--as-group`. */
  loadPortForward: () => Promise<PortForward>;
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
  const user = text('as');
  const groups = texts('as-group');
  const impersonated = impersonate(cluster, user, groups);
  const client = new KubeClient(impersonated);
  try {
    return await run({
      client,
      cluster: impersonated,
      namespace: text('namespace') ?? client.namespace ?? 'default',
      async loadPortForward() {
        // The library that opens the WebSocket impersonates users only.
        if (groups.length > 0)
          throw new UsageError(
            '--as-group: a port-forward cannot impersonate a group; leave it out, and use --as',
          );
        return loadPortForward({ kubeconfig, context, impersonate: user });
      },
    });
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
