import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

/** Authentication of one request, and the CA that verifies the server. */
export interface Credentials {
  headers: Record<string, string | string[]>;
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  /** False only if the kubeconfig sets insecure-skip-tls-verify. */
  rejectUnauthorized?: boolean;
}

/** Address of an API server and credentials for it. */
export interface Cluster {
  /** `https://host:port`, followed by a path if a gateway needs one. */
  server: string;
  /** The namespace of the ServiceAccount or of the kubeconfig's context. */
  namespace?: string;
  /** HTTP proxy to the API server, from the kubeconfig's `proxy-url`. */
  proxyUrl?: string;
  /** Called before every request, because tokens and certificates are renewed while the process runs. */
  credentials(): Promise<Credentials>;
}

export interface LoadClusterOptions {
  /** A kubeconfig file; without one: $KUBECONFIG, ~/.kube/config, then the pod's ServiceAccount. */
  kubeconfig?: string | undefined;
  /** A context of that file; default its current one. */
  context?: string | undefined;
}

/**
 * Reads the credentials with client-node's KubeConfig, which supports client certificates, tokens, exec plugins and the
 * ServiceAccount token that the kubelet renews. The import is dynamic because it takes 0.3 s unbundled.
 */
export async function loadCluster(options: LoadClusterOptions = {}): Promise<Cluster> {
  const { kubeconfig } = options;
  const config = await loadKubeConfig(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new Error(
      `${kubeconfig ?? 'kubeconfig'}: there is no context "${config.getCurrentContext()}"; kubectl config get-contexts lists them`,
    );
  if (!cluster.server.startsWith('https:')) {
    throw new Error(
      `no cluster found: there is neither a kubeconfig nor a ServiceAccount (the server would be ${cluster.server}): set KUBECONFIG, or --kubeconfig`,
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

/** Loads client-node's KubeConfig, which its port-forward needs. */
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
