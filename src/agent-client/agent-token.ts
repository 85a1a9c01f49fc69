import type { Cluster, KubeClient } from '../kube/index.ts';
import type { Clock } from '../time/index.ts';

/** Seconds until a token expires. */
const LIFETIME = 600;
/** Milliseconds before the expiry at which a token is replaced. */
const RENEW_BEFORE = 120_000;

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
 * Returns the headers that authenticate us to agents: the token of the kubeconfig. Agents accept only tokens and no
 * impersonation, so a kubeconfig with a client certificate, or an impersonated user, needs permission to create a token of the dashboard's ServiceAccount.
 */
export function agentHeaders({ cluster, client, clock, productNamespace }: AgentTokenOptions) {
  let created: { token: string; until: number } | undefined;
  const createToken = async () => {
    const path = `/api/v1/namespaces/${productNamespace}/serviceaccounts/kube-egress-dashboard/token`;
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: LIFETIME },
    };
    const { status } = await client.raw<TokenRequest>(path, { method: 'POST', body });
    return { token: status.token, until: Date.parse(status.expirationTimestamp) - RENEW_BEFORE };
  };
  return async (): Promise<Record<string, string | string[]>> => {
    const { headers } = await cluster.credentials();
    const own =
      'Impersonate-User' in headers
        ? undefined
        : Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
    if (own !== undefined && String(own[1]).startsWith('Bearer ')) return { authorization: own[1] };
    if (created === undefined || created.until < clock.now()) created = await createToken();
    return { authorization: `Bearer ${created.token}` };
  };
}
