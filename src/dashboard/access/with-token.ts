import { type Cluster, KubeClient } from '../../kube/index.ts';
import type { WithToken } from './authenticators.ts';

/** Works with clients of the cluster that present only the token: neither the dashboard's own nor a client certificate. */
export function withTokenOf(cluster: Cluster): WithToken {
  return async (token, work) => {
    const client = new KubeClient({
      ...cluster,
      async credentials() {
        const { ca, servername, rejectUnauthorized } = await cluster.credentials();
        return {
          headers: { authorization: `Bearer ${token}` },
          ...(ca !== undefined && { ca }),
          ...(servername !== undefined && { servername }),
          ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
        };
      },
    });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };
}
