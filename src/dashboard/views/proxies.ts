import type { EgressProxy, Upstream, UpstreamStatus } from '../../api/index.ts';
import { isDefaultProxy } from '../../injection/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { AgentState, DashboardFlow, ProxyView, UpstreamView } from '../wire.ts';

export interface ProxiesInput {
  proxies: readonly EgressProxy[];
  agents: readonly AgentState[];
  flows: Iterable<DashboardFlow>;
}

/** Builds the view of each proxy: replicas, and upstreams with their health and their requests. */
export function buildProxyViews({ proxies, agents, flows }: ProxiesInput): ProxyView[] {
  const uses = usesOfUpstreams(flows, agents);
  return proxies
    .map((proxy): ProxyView => {
      const { spec, status = {} } = proxy;
      const { name, namespace = '' } = proxy.metadata;
      return {
        namespace,
        name,
        isDefault: isDefaultProxy(proxy),
        ...(status.url !== undefined && { url: status.url }),
        replicas: status.replicas ?? spec?.replicas ?? 0,
        readyReplicas: status.readyReplicas ?? 0,
        namespaces: status.namespaces ?? 0,
        conditions: status.conditions ?? [],
        upstreams: (spec?.upstreams ?? []).map((upstream) =>
          viewUpstream(
            upstream,
            status.upstreams?.find((known) => known.name === upstream.name),
            uses.get(`${keyOf(proxy)} ${upstream.name}`),
          ),
        ),
        agents: agents.filter((agent) => agent.proxy === keyOf(proxy)),
      };
    })
    .sort((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`));
}

type Use = Pick<UpstreamView, 'requests' | 'failed' | 'lastSeen' | 'lastFailure'>;

function viewUpstream(
  { name, host, port, targets = [], tls }: Upstream,
  { healthy, lastError, since }: Partial<UpstreamStatus> = {},
  use: Use | undefined,
): UpstreamView {
  return {
    ...(healthy !== undefined && { healthy }),
    ...(lastError !== undefined && { lastError }),
    ...(since !== undefined && { since }),
    name,
    address: `${host}:${port}`,
    targets,
    tls: tls !== undefined,
    ...(use ?? { requests: 0, failed: 0 }),
  };
}

/** Counts requests by upstream; a key is `namespace/name` of the proxy and the upstream's name. */
function usesOfUpstreams(flows: Iterable<DashboardFlow>, agents: readonly AgentState[]): Map<string, Use> {
  const proxyOf = new Map(agents.map(({ pod, proxy }) => [pod, proxy]));
  const uses = new Map<string, Use>();
  for (const { upstream, agent, status, time, state } of flows) {
    if (upstream === undefined || state !== 'closed') continue;
    const key = `${proxyOf.get(agent)} ${upstream}`;
    const use = uses.get(key) ?? { requests: 0, failed: 0 };
    use.requests += 1;
    use.lastSeen = later(use.lastSeen, time);
    if (isFailure(status)) {
      use.failed += 1;
      use.lastFailure = later(use.lastFailure, time);
    }
    uses.set(key, use);
  }
  return uses;
}

/** Squid sends these if an upstream is unreachable or does not answer in time. */
function isFailure(status: number | undefined): boolean {
  return status === 502 || status === 503 || status === 504;
}

const later = (a: string | undefined, b: string): string => (a === undefined || b > a ? b : a);
