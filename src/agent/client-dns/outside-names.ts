import type { EgressProxySpec, EgressRuleSet, OutsideNames } from '../../api/index.ts';
import { resolvedNames, type ServedNamespace } from '../../injection/index.ts';
import type { FoundClient } from '../identity/index.ts';

export interface OutsideNamesInput {
  found: FoundClient;
  /** How the pod's namespace is served; undefined if the client is no pod. */
  served: ServedNamespace | undefined;
  spec: Pick<EgressProxySpec, 'dnsAllow' | 'directTargets'>;
  /** The rule sets of the pod's namespace. */
  ruleSets: Iterable<EgressRuleSet>;
}

/** What a client gets for names outside of the cluster. An unknown client gets none of them. */
export function outsideNames({ found, served, spec, ruleSets }: OutsideNamesInput): OutsideNames {
  if (found.kind !== 'pod' || served?.kind !== 'served')
    return { answer: 'refuse', report: true, resolved: [] };
  // Its pods keep the nameserver until they are replaced.
  if (served.dns === 'Cluster') return { answer: 'forward', report: false, resolved: [] };
  const resolved = resolvedNames(spec, ruleSets);
  if (served.dns === 'Report') return { answer: 'forward', report: true, resolved };
  // A program without proxy support looks names up, too; none of them is asked for outside.
  if (found.pod.isRedirected) return { answer: 'redirect', report: false, resolved };
  return { answer: 'refuse', report: true, resolved };
}

/** The text of an Event about a name that was not resolved. */
export function explainOutsideName(name: string): string {
  return `DNS: ${name} is outside of the cluster, and this namespace resolves only names of the cluster (dns: ClusterOnly). A client that uses HTTPS_PROXY needs no address: the proxy resolves the name. For a connection without the proxy, add a directTarget with this host, or ask a platform operator to add the name to dnsAllow of the EgressProxy.`;
}
