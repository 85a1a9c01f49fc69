import { AgentClient } from '../../agent-client/index.ts';
import { agentPorts } from '../../proxy/index.ts';
import { readAuthority } from '../certificates/index.ts';
import type { Deps } from '../deps.ts';
import { replicaChanged } from '../enqueue.ts';
import { NameTable } from '../names/name-table.ts';
import { names } from '../object-names.ts';
import { AgentGenerations } from './agent-generations.ts';
import { AgentReports } from './agent-reports.ts';
import { FormerProxies } from './former-proxies.ts';
import { PolicyOutcomes } from './policy-outcomes.ts';
import { TrustBundles } from './trust-bundles.ts';

/** What several controllers share while this replica leads. The state of a single controller is in its folder. */
export interface LeaderState {
  agents: AgentClient;
  generations: AgentGenerations;
  reports: AgentReports;
  trustBundles: TrustBundles;
  formerProxies: FormerProxies;
  policyOutcomes: PolicyOutcomes;
  /** The hosts of upstreams, by the key of the EgressProxy. */
  upstreamNames: NameTable;
}

export interface LeaderStateOptions {
  /** Headers that authenticate the controller to an agent. */
  agentHeaders: () => Promise<Record<string, string | string[]>>;
  agentPort?: number | undefined;
}

export function createLeaderState(
  { reflectors, settings, clock, resolveName }: Deps,
  { agentHeaders, agentPort = agentPorts.api }: LeaderStateOptions,
  signal: AbortSignal,
): LeaderState {
  const authority = `${settings.productNamespace}/${names.authoritySecret}`;
  const agents = new AgentClient({
    port: agentPort,
    bundle: () => readAuthority(reflectors.authority.store.get(authority)).bundle,
    headers: agentHeaders,
  });
  const generations = new AgentGenerations({
    ask: (replica) => agents.generations(replica),
    signal,
    clock,
  });
  const unfollow = reflectors.pods.subscribe((change) => {
    if (!replicaChanged(change)) return;
    generations.retain(new Set(reflectors.pods.store.list().map(({ metadata }) => metadata.uid)));
  });
  signal.addEventListener('abort', unfollow, { once: true });
  return {
    agents,
    generations,
    reports: new AgentReports(),
    trustBundles: new TrustBundles(),
    formerProxies: new FormerProxies(),
    policyOutcomes: new PolicyOutcomes(),
    // An upstream must not be cut off because its name cannot be found for a while.
    upstreamNames: new NameTable({ resolveName, clock, keepLast: true }),
  };
}
