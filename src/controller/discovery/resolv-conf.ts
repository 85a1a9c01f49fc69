export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

/**
 * The DNS domain of the cluster, from the resolv.conf that the kubelet writes for a pod: its search list has
 * `svc.<domain>`. Undefined outside of a cluster.
 */
export function readClusterDomain(resolvConf: string): string | undefined {
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...names] = line.trim().split(/\s+/);
    if (keyword !== 'search') continue;
    const domain = names
      .map((name) => /^svc\.(.+?)\.?$/.exec(name)?.[1])
      .find((found) => found !== undefined);
    if (domain !== undefined) return domain.toLowerCase();
  }
  return undefined;
}

/** The addresses of the nameservers of a resolv.conf. */
export function readNameservers(resolvConf: string): string[] {
  return resolvConf.split('\n').flatMap((line) => {
    const [keyword, address] = line.trim().split(/\s+/);
    return keyword === 'nameserver' && address !== undefined ? [address] : [];
  });
}
