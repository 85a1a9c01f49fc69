import {
  type Allowed,
  checkResolved,
  type Decision,
  decide,
  deny,
  type ExplainedRequest,
  type InClusterName,
  inClusterName,
  type ProxyRequest,
  refusal,
  type Snapshot,
  upstreamsFor,
} from '../../rules/index.ts';
import type { Resolver } from '../dns/index.ts';
import type { FoundClient } from '../identity/index.ts';
import type { AclRequest } from '../squid-acl/index.ts';
import type { PolicyState } from '../state/index.ts';
import type { Route, Upstreams } from '../upstream/index.ts';
import type { Inputs } from './answer-cache.ts';
import { type GateOrder, orderGate } from './order-gate.ts';

/** What an evaluation reads. */
export interface EvaluationSources {
  policy: Pick<PolicyState, 'ruleSets' | 'settings' | 'namespace'>;
  upstreams: Pick<Upstreams, 'route'>;
  names: Pick<Resolver, 'resolve' | 'hasFailed' | 'shownToSquid' | 'parentsSettled'>;
}

/** A decision, and what led to it. */
export interface Evaluation {
  decision: Decision;
  client: ExplainedRequest['client'];
  found: FoundClient;
  resolved?: Inputs['resolved'];
  /** The resolved addresses that Squid may dial. */
  addresses?: readonly string[];
  /** Undefined if the rules deny the request. */
  route?: Route;
  /** Undefined if the gate does not open the tunnel. */
  gate?: GateOrder | undefined;
  /** How the name of a denied request is inside the cluster. Absent if a parent resolves it. */
  inCluster?: InClusterName | undefined;
}

type Resolution = Pick<Evaluation, 'decision' | 'resolved' | 'addresses'>;

/**
 * Evaluates a request of a client: rules, then route, then name, then addresses. It reads its sources and has no other
 * effect. The rules and settings are those of the beginning, whatever changes while a name is resolved: refusedByNow
 * applies what has changed.
 */
export async function evaluate(
  aclRequest: AclRequest,
  found: FoundClient,
  sources: EvaluationSources,
): Promise<Evaluation> {
  return describeInCluster(await applyPolicy(aclRequest, found, sources), sources);
}

/** Adds to the refusal of a name how it is a name inside the cluster, unless a parent resolves it. */
function describeInCluster(
  evaluation: Evaluation,
  { policy }: Pick<EvaluationSources, 'policy'>,
): Evaluation {
  const { settings } = policy;
  const { decision } = evaluation;
  if (decision.verdict === 'allow' || decision.destination?.kind !== 'name' || settings === undefined)
    return evaluation;
  if (upstreamsFor(settings, decision.destination).length > 0) return evaluation;
  const inCluster = inClusterName(decision.destination.name, {
    hasNamespace: (name) => policy.namespace(name) !== undefined,
    clusterDomain: settings.clusterDomain,
  });
  return { ...evaluation, inCluster };
}

async function applyPolicy(
  aclRequest: AclRequest,
  found: FoundClient,
  sources: EvaluationSources,
): Promise<Evaluation> {
  const { upstreams, names } = sources;
  const { evaluation, pending } = evaluateRules(aclRequest, found, sources);
  if (pending === undefined) return evaluation;
  const { decision, request, snapshot } = pending;
  const { client } = request;
  const route = upstreams.route(decision.upstreams);
  if (route.kind === 'unavailable') {
    const reason = refusal('UpstreamUnavailable', { detail: route.detail, remedy: 'operator' });
    return { decision: deny(reason, decision.destination), client, found, route };
  }
  if (route.kind === 'parents') await names.parentsSettled();
  if (!decision.mustResolve) return { decision, client, found, route };
  const { settings } = snapshot;
  const check = found.kind === 'pod' ? found.tlsServerName : settings.tlsServerName;
  const gate = orderGate({ method: request.method, check, decision, route }, settings);
  return { client, found, route, gate, ...(await resolve(decision, request, snapshot, names)) };
}

/** What the rules say, and for an allow what else has to be evaluated. */
interface RuleEvaluation {
  evaluation: Evaluation;
  /** Undefined if the rules deny. */
  pending: { decision: Allowed; request: ProxyRequest; snapshot: Snapshot } | undefined;
}

function evaluateRules(
  aclRequest: AclRequest,
  found: FoundClient,
  { policy: { settings, ruleSets } }: Pick<EvaluationSources, 'policy'>,
): RuleEvaluation {
  if (!('client' in found)) {
    const reason = refusal(found.kind === 'tooMany' ? 'TooManyPending' : 'IdentityUnknown');
    const client = { kind: 'unknown' as const, address: aclRequest.source };
    return { evaluation: { decision: deny(reason), client, found }, pending: undefined };
  }
  const { client } = found;
  if (found.kind === 'notServed' || settings === undefined) {
    const decision = deny(refusal('ClientNotServed', { remedy: 'operator' }));
    return { evaluation: { decision, client, found }, pending: undefined };
  }
  const { method, host, scheme } = aclRequest;
  const request: ProxyRequest = { client, method, host, scheme, port: portOf(aclRequest) };
  const snapshot = { ruleSets, settings };
  const decision = decide(request, snapshot);
  const pending = decision.verdict === 'deny' ? undefined : { decision, request, snapshot };
  return { evaluation: { decision, client, found }, pending };
}

/**
 * The refusal of a request that was allowed by rules that have changed since; undefined if the rules of now allow it too.
 * Nothing is awaited, so that no change comes between this and the answer. `found`: the client of now.
 */
export function refusedByNow(
  aclRequest: AclRequest,
  found: FoundClient,
  sources: Pick<EvaluationSources, 'policy'>,
): Evaluation | undefined {
  // The pod has ended, or its new namespace is not known yet.
  if (!('client' in found)) return undefined;
  const { evaluation, pending } = evaluateRules(aclRequest, found, sources);
  return pending === undefined ? describeInCluster(evaluation, sources) : undefined;
}

async function resolve(
  decision: Allowed,
  request: ProxyRequest,
  snapshot: Snapshot,
  names: EvaluationSources['names'],
): Promise<Resolution> {
  if (decision.destination.kind !== 'name') return { decision };
  const { name } = decision.destination;
  const addresses = await names.resolve(name, lookupOwner(request.client));
  // Below, a new list of addresses, which the cache of names never has, lets the next request be evaluated again.
  if (addresses === 'tooMany') {
    const reason = refusal('TooManyPending', { detail: 'names that DNS has not answered' });
    return { decision: deny(reason, decision.destination), resolved: { name, addresses: [] } };
  }
  if ('silentZone' in addresses) {
    const detail = `DNS does not answer for names in ${addresses.silentZone}; it is asked again every few seconds`;
    const reason = refusal('NameNotResolved', { detail, remedy: 'operator' });
    return { decision: deny(reason, decision.destination), resolved: { name, addresses: [] } };
  }
  const resolved = { name, addresses };
  if (addresses.length === 0 && names.hasFailed(name)) {
    const reason = refusal('NameNotResolved', { detail: 'DNS does not answer', remedy: 'operator' });
    return { decision: deny(reason, decision.destination), resolved };
  }
  const checked = checkResolved(decision, request, addresses, snapshot);
  if (checked.decision.verdict === 'deny') return { decision: checked.decision, resolved };
  // Squid's DNS also returns addresses that other clients may reach. Squid may dial any, so one is enough to deny.
  const dialable: readonly string[] = checked.addresses;
  const others = addresses.filter((address) => !dialable.includes(address));
  const forbidden = others.length === 0 ? others : names.shownToSquid(name, others, snapshot.settings);
  if (forbidden.length > 0) {
    return { decision: checkResolved(decision, request, forbidden, snapshot).decision, resolved };
  }
  return { decision: checked.decision, resolved, addresses: checked.addresses };
}

/** Whose look-ups are counted together: a namespace could have any number of pods. */
function lookupOwner(client: ProxyRequest['client']): string {
  return client.kind === 'pod' ? client.namespace : client.address.text;
}

/** A port that is not a number is 0, which the rules deny as malformed. */
export function portOf({ port }: Pick<AclRequest, 'port'>): number {
  return /^\d{1,5}$/.test(port) ? Number(port) : 0;
}
