import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

/** What one request carries to prove who asks, and what the answer's TLS is checked against. */
export interface Credentials {
  headers: Record<string, string | string[]>;
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  /** False only where a kubeconfig says insecure-skip-tls-verify. */
  rejectUnauthorized?: boolean;
}

/** Where the API server is and how to show who asks. */
export interface Cluster {
  /** `https://host:port`, with a path behind a gateway. */
  server: string;
  /** The namespace of the ServiceAccount or of the kubeconfig's context. */
  namespace?: string;
  /** An HTTP proxy on the way, from the kubeconfig's `proxy-url`. */
  proxyUrl?: string;
  /** Asked before every request: tokens and certificates are renewed while we run. */
  credentials(): Promise<Credentials>;
}

export interface LoadClusterOptions {
  /** A kubeconfig file; without one: $KUBECONFIG, ~/.kube/config, then the pod's ServiceAccount. */
  kubeconfig?: string | undefined;
  /** A context of that file; default its current one. */
  context?: string | undefined;
}

/**
 * Reads the credentials with client-node's KubeConfig, which knows client certificates, tokens, exec plugins and
 * the ServiceAccount token that the kubelet renews. It is loaded here and only here, since it costs 0.3 s unbundled.
 */
export async function loadCluster(options: LoadClusterOptions = {}): Promise<Cluster> {
  const { kubeconfig } = options;
  const config = await loadKubeConfig(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new Error(`${kubeconfig ?? 'kubeconfig'}: no context "${config.getCurrentContext()}"`);
  if (!cluster.server.startsWith('https:')) {
    throw new Error(
      `no cluster found: neither a kubeconfig nor a ServiceAccount (server would be ${cluster.server})`,
    );
  }
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    server: cluster.server.replace(/\/$/, ''),
    ...(namespace === undefined ? {} : { namespace }),
    ...(cluster.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
    async credentials() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return credentialsOf(options);
    },
  };
}

/** client-node's own, for what it alone can do. */
export async function loadKubeConfig({ kubeconfig, context }: LoadClusterOptions): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

function credentialsOf({
  headers,
  auth,
  ca,
  cert,
  key,
  servername,
  rejectUnauthorized,
}: RequestOptions): Credentials {
  const basic = auth ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  const present = Object.entries({ ca, cert, key, servername }).filter(([, value]) => value !== undefined);
  return {
    headers: { ...(headers as Record<string, string> | undefined), ...basic },
    ...(Object.fromEntries(present) as Pick<Credentials, 'ca' | 'cert' | 'key' | 'servername'>),
    rejectUnauthorized: rejectUnauthorized ?? true,
  };
}
