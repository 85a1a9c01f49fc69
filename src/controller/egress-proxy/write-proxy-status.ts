import type { EgressProxy, EgressProxyStatus } from '../../api/index.ts';
import { computeClusterNoProxy, proxyAddress, proxyUrl } from '../../injection/index.ts';
import { type Deployment, keyOf, type Service } from '../../kube/index.ts';
import { proxyNames } from '../../proxy/index.ts';
import type { Fault } from '../../rules/index.ts';
import { type ConditionUpdate, mergeConditions, recordTransitions } from '../conditions.ts';
import type { Deps } from '../deps.ts';
import { writeStatus } from '../objects/index.ts';
import type { ReplicaState } from '../state/replica-agreement.ts';
import type { GatheredBundle } from '../trust-bundle/gather-bundle.ts';
import type { AppliedProxy } from './apply-proxy.ts';
import { type ProxyStatusPlan, planProxyStatus } from './plan-proxy-status.ts';

export interface ProxyFindings {
  faults: readonly Fault[];
  applied: AppliedProxy;
  trust: GatheredBundle;
  replicas: readonly ReplicaState[];
  transparentImage: string | undefined;
}

/** Writes the status, with an Event for each condition that has changed. */
export async function writeProxyStatus(
  proxy: EgressProxy,
  findings: ProxyFindings,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, events } = deps;
  const plan = planStatus(proxy, findings, deps);
  const { generation } = proxy.metadata;
  const before = proxy.status?.conditions;
  const conditions = mergeConditions(before, plan.conditions, { generation, now: clock.now() });
  const status: EgressProxyStatus = {
    conditions,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...plan.status,
  };
  const written = await writeStatus(client, proxy, status, signal);
  if (written) recordTransitions(events, proxy, { before, after: conditions });
}

function planStatus(
  proxy: EgressProxy,
  { faults, applied, trust, replicas, transparentImage }: ProxyFindings,
  { reflectors, proxyNamespaces, facts }: Pick<Deps, 'reflectors' | 'proxyNamespaces' | 'facts'>,
): ProxyStatusPlan {
  const key = keyOf(proxy);
  const deployment = applied.objects.find((object): object is Deployment => object.kind === 'Deployment');
  return planProxyStatus({
    generation: proxy.metadata.generation ?? 0,
    faults,
    outcome: applied.outcome,
    deployment: deployment ?? proxyNamespaces.kinds.deployments.store.get(key),
    replicas,
    url: proxyUrl(proxyAddress(proxy, reflectors.services.store.get(key)?.clusterIPs[0])),
    effectiveNoProxy: computeClusterNoProxy(facts.discovered, proxy.spec.noProxy ?? []).value,
    namespaces: facts.servedBy(proxy).length,
    discovered: facts.discovered,
    factProblems: facts.problems,
    trust,
    transparentImage,
    dnsAddresses: dnsAddressesOf(proxy, applied, reflectors),
    previousDnsAddresses: proxy.status?.dnsAddresses ?? [],
    previous: proxy.status?.conditions,
  });
}

/** Addresses of the Service of the nameserver. While the spec is not accepted nothing is applied, and the Service stays as it is. */
function dnsAddressesOf(
  proxy: EgressProxy,
  { objects }: AppliedProxy,
  { services }: Deps['reflectors'],
): readonly string[] {
  const name = proxyNames(proxy).dnsService;
  const applied = objects.find(
    (object): object is Service => object.kind === 'Service' && object.metadata.name === name,
  );
  return (
    applied?.spec?.clusterIPs ??
    services.store.get(keyOf({ metadata: { ...proxy.metadata, name } }))?.clusterIPs ??
    []
  );
}

/** Writes why the controller cannot work for the proxy. The rest of the status stays as it is. */
export async function writeNotProgrammed(
  proxy: EgressProxy,
  why: Pick<ConditionUpdate, 'reason' | 'message'>,
  { client, clock, events }: Pick<Deps, 'client' | 'clock'> & Partial<Pick<Deps, 'events'>>,
  signal: AbortSignal,
): Promise<void> {
  const programmed: ConditionUpdate = { type: 'Programmed', status: 'False', ...why };
  const { generation } = proxy.metadata;
  const before = proxy.status?.conditions ?? [];
  const others = before.filter(({ type }) => type === 'Accepted' || type === 'Ready');
  const merged = mergeConditions(before, [programmed], { generation, now: clock.now() });
  const status: EgressProxyStatus = { ...proxy.status, conditions: [...others, ...merged] };
  const written = await writeStatus(client, proxy, status, signal);
  if (written && events) recordTransitions(events, proxy, { before, after: merged });
}
