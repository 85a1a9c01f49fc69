import {
  ACTIVITY_NAME,
  type ClusterEgressRuleSet,
  type EgressActivity,
  type EgressProxy,
  type EgressRuleSet,
  type EgressTargetGroup,
  label,
  PRODUCT_NAMESPACE,
  readMode,
  type TlsServerName,
} from '../../api/index.ts';
import {
  catalogProxies,
  type DnsMode,
  dnsMode,
  resolveMode,
  tlsServerNameOf,
} from '../../injection/index.ts';
import {
  ApiError,
  type KubeClient,
  listAllowed,
  type Namespace,
  resources,
  unlessForbidden,
} from '../../kube/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';
import { UsageError } from '../command-line/index.ts';

/** What decides in a namespace, as far as the user may read it. */
export interface GatheredRules {
  rules: NamespaceRules;
  activity: EgressActivity | undefined;
  /** Which names its pods resolve in enforce mode; undefined if the namespace or its proxy cannot be read. */
  dns: DnsMode | undefined;
  /** What happens in enforce mode to its tunnels that are no TLS for the name that was allowed; undefined like `dns`. */
  tlsServerName: TlsServerName | undefined;
  /** What could not be read, and what the answer therefore does not take into account. */
  gaps: string[];
}

/**
 * Reads what decides the requests of a namespace. The role `view` in the namespace is enough; EgressProxies and cluster
 * rules, which a team usually may not read, are then gaps. Throws UsageError if there is no such namespace.
 */
export async function gatherRules(
  client: KubeClient,
  namespace: string,
  now: number = Date.now(),
): Promise<GatheredRules> {
  const [object, activity, proxies, clusterRuleSets, targetGroups, ruleSets] = await Promise.all([
    unlessForbidden(findNamespace(client, namespace)),
    client.find(resources.egressActivities, { namespace, name: ACTIVITY_NAME }),
    listAllowed(client, resources.egressProxies),
    listAllowed(client, resources.clusterEgressRuleSets),
    listTargetGroups(client),
    client.list(resources.egressRuleSets, { namespace }).then(({ items }) => items),
  ]);
  const { mode, proxy } = servingOf(namespace, object, { activity, proxies: proxies ?? [] });
  const all =
    proxy?.spec.ruleSetScope === 'Cluster' ? await listAllowed(client, resources.egressRuleSets) : ruleSets;
  const namespaceLabels = object?.metadata.labels ?? {};
  return {
    rules: {
      namespace,
      namespaceLabels,
      mode,
      proxy,
      ruleSets: all ?? ruleSets,
      clusterRuleSets: clusterRuleSets ?? [],
      targetGroups: targetGroups ?? [],
      now,
    },
    activity,
    dns: object && proxy && dnsMode(proxy, object),
    tlsServerName: object && proxy && tlsServerNameOf(proxy, object, 'enforce'),
    gaps: gapsOf({ proxies, clusterRuleSets, targetGroups, all, ruleSets }),
  };
}

interface ReadRules {
  proxies: readonly EgressProxy[] | undefined;
  clusterRuleSets: readonly ClusterEgressRuleSet[] | undefined;
  targetGroups: readonly EgressTargetGroup[] | undefined;
  /** The rule sets that decide. */
  all: readonly EgressRuleSet[] | undefined;
  /** Rule sets of the namespace itself. */
  ruleSets: readonly EgressRuleSet[];
}

function gapsOf({ proxies, clusterRuleSets, targetGroups, all, ruleSets }: ReadRules): string[] {
  const refers = [...(all ?? ruleSets), ...(clusterRuleSets ?? [])].some(
    ({ spec }) => (spec.targetGroups ?? []).length > 0,
  );
  const gaps: [isGap: boolean, gap: string][] = [
    [
      proxies === undefined,
      'the EgressProxies cannot be read (list egressproxies.zalando.org): their settings, such as allowedPorts, are not taken into account',
    ],
    [
      clusterRuleSets === undefined,
      'the ClusterEgressRuleSets cannot be read (list clusteregressrulesets.zalando.org): what they allow or deny is not taken into account',
    ],
    [
      all === undefined,
      'the EgressRuleSets of other namespaces cannot be read, and the EgressProxy uses them (ruleSetScope: Cluster)',
    ],
    [
      targetGroups === undefined && refers,
      'the EgressTargetGroups cannot be read (list egresstargetgroups.zalando.org): what rule sets grant by them is not taken into account',
    ],
  ];
  return gaps.filter(([isGap]) => isGap).map(([, gap]) => gap);
}

/** Undefined if the user may not list them, or the release in the cluster has none. */
async function listTargetGroups(client: KubeClient): Promise<EgressTargetGroup[] | undefined> {
  try {
    return await listAllowed(client, resources.egressTargetGroups);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Throws UsageError if there is no such namespace. */
export async function findNamespace(client: KubeClient, name: string): Promise<Namespace> {
  const found = await client.find(resources.namespaces, { name });
  if (found === undefined) throw new UsageError(`there is no namespace "${name}" in this cluster`);
  return found;
}

/** The mode and the proxy of a namespace. The EgressActivity has both where the objects cannot be read. */
function servingOf(
  name: string,
  object: Namespace | undefined,
  { activity, proxies }: { activity: EgressActivity | undefined; proxies: readonly EgressProxy[] },
): Pick<NamespaceRules, 'mode' | 'proxy'> {
  const { labels = {}, annotations = {} } = object?.metadata ?? {};
  const view = { metadata: { name, labels, annotations } };
  const served = resolveMode(view, catalogProxies(proxies), { productNamespace: PRODUCT_NAMESPACE });
  if (served.kind === 'served') return { mode: served.mode, proxy: served.proxy };
  return {
    mode: readMode(activity?.status?.mode) ?? readMode(labels[label.mode]) ?? 'none',
    proxy: undefined,
  };
}
