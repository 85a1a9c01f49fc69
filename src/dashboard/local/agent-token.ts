import type { Cluster, KubeClient } from '../../kube/index.ts';
import type { Clock } from '../../time/index.ts';

/** Seconds. */
const LIFE = 600;
/** Milliseconds before its end at which a token is made anew. */
const EARLY = 120_000;

interface TokenRequest {
  status: { token: string; expirationTimestamp: string };
}

export interface AgentTokenOptions {
  cluster: Cluster;
  client: Pick<KubeClient, 'raw'>;
  clock: Clock;
  productNamespace: string;
}

/**
 * What agents are shown: the token of the kubeconfig. Agents know tokens alone, so for a kubeconfig with a client
 * certificate one of the dashboard's ServiceAccount is made, for ten minutes, if its owner may do that.
 */
export function agentHeaders({ cluster, client, clock, productNamespace }: AgentTokenOptions) {
  let made: { token: string; until: number } | undefined;
  const makeToken = async () => {
    const path = `/api/v1/namespaces/${productNamespace}/serviceaccounts/kube-egress-dashboard/token`;
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: LIFE },
    };
    const { status } = await client.raw<TokenRequest>(path, { method: 'POST', body });
    return { token: status.token, until: Date.parse(status.expirationTimestamp) - EARLY };
  };
  return async (): Promise<Record<string, string | string[]>> => {
    const { headers } = await cluster.credentials();
    const own = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
    if (own !== undefined && String(own[1]).startsWith('Bearer ')) return { authorization: own[1] };
    if (made === undefined || made.until < clock.now()) made = await makeToken();
    return { authorization: `Bearer ${made.token}` };
  };
}
