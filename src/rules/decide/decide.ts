import { type Destination, parseDestination, refusalOfUnnamed } from '../target/index.ts';
import { blockReason } from './block.ts';
import { refOf } from './compiled-set.ts';
import { type Allowed, type Decision, deny, type Refusal, refusal, type Snapshot } from './decision.ts';
import { guardAddress } from './destination-guard.ts';
import { findAllow, findDeny, findExpired } from './match-rules.ts';
import { type Client, formatRule, type ProxyRequest, type RuleRef } from './request.ts';
import { type DecisionSettings, parentKey, upstreamsFor } from './settings.ts';

/** Methods that a proxy has a use for. TRACE is not among them: it would echo a client's headers. */
export const allowedMethods: ReadonlySet<string> = new Set([
  'CONNECT',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/**
 * Decides whether a request may leave, as far as that is known before its name is resolved: with `mustResolve`,
 * checkResolved continues. The first check that applies decides. Observe mode lifts what rules say, and nothing else.
 *
 * |   | check                                                  | reason                       | observe |
 * |---|--------------------------------------------------------|------------------------------|---------|
 * | 0 | pod of a blocked namespace                             | Blocked                      |         |
 * | 1 | pod outside pod-selector, address outside clientCIDRs  | ClientNotServed              | denied  |
 * | 2 | method that is not allowed                             | MethodNotAllowed             | denied  |
 * |   | https:// without CONNECT, malformed host or port       | MalformedTarget              | denied  |
 * | 3 | address: the proxy's own or a parent's                 | ProxyItself                  | denied  |
 * |   | address: special-purpose or the cluster's own          | PrivateDestination           | denied  |
 * |   | name: localhost                                        | PrivateDestination           | denied  |
 * |   | name: a parent's or the proxy's own                    | ProxyItself                  | denied  |
 * |   | name: the forwarder found none                         | NameMissing, NameEncrypted   | denied  |
 * | 4 | port outside allowedPorts                              | PortNotAllowed               | allowed |
 * | 5 | cluster Deny rule                                      | DeniedByRule                 | allowed |
 * | 6 | no Allow rule                                          | NoMatchingRule               | allowed |
 * | 7 | Allow rule                                             | RuleAllowed                  | allowed |
 * |   | then, in checkResolved, if no upstream owns the name:  |                              |         |
 * | 8 | name without an address                                | NameNotResolved              | denied  |
 * | 9 | an address in a cluster Deny range                     | DeniedByRule                 | allowed |
 * |10 | no address that passes check 3                         | ProxyItself, PrivateDestination | denied |
 *
 * The port ceiling limits rules, so that it belongs to them: beyond it no rule allows.
 */
export function decide(request: ProxyRequest, snapshot: Snapshot): Decision {
  const blocked = checkBlock(request.client);
  if (blocked !== undefined) return deny(blocked);
  if (!isServed(request.client, snapshot)) return deny(refusal('ClientNotServed', { remedy: 'operator' }));
  const malformed = checkForm(request);
  const parsed = parseDestination(request.host, request.port);
  if (malformed !== undefined) return deny(malformed, parsed.ok ? parsed.destination : undefined);
  if (!parsed.ok) return deny(refusal('MalformedTarget', { detail: parsed.message }));

  const { destination } = parsed;
  const guarded = checkDestination(destination, request, snapshot);
  if (guarded !== undefined) return deny(guarded, destination);
  return applyRules(destination, request, snapshot);
}

/** The kill switch: `mode: blocked` on the namespace. */
function checkBlock(client: Client): Refusal | undefined {
  if (client.kind !== 'pod' || client.mode !== 'blocked') return undefined;
  return refusal('Blocked', { detail: client.block && blockReason(client.block), remedy: 'operator' });
}

function isServed(client: Client, { ruleSets }: Snapshot): boolean {
  return client.kind === 'pod' ? client.selected : ruleSets.servesAddress(client.address);
}

function checkForm({ method, scheme }: ProxyRequest): Refusal | undefined {
  if (!allowedMethods.has(method)) return refusal('MethodNotAllowed');
  if (method === 'CONNECT' || scheme === undefined || scheme === 'http') return undefined;
  // With GET https://... the proxy would open TLS itself, and the client would never see the origin's certificate.
  return refusal('MalformedTarget', { detail: 'only http:// URLs can be requested without CONNECT' });
}

/** The destination guard, as far as it can check before a name is resolved. */
function checkDestination(
  destination: Destination,
  { client, port }: ProxyRequest,
  snapshot: Snapshot,
): Refusal | undefined {
  if (destination.kind === 'address') return guardAddress(destination.address, { client, port }, snapshot);
  return checkName(destination.name, port, snapshot.settings);
}

/** localhost is loopback everywhere (RFC 6761), and a hosts file resolves it without DNS. */
function checkName(name: string, port: number, { ownNames, parents }: DecisionSettings): Refusal | undefined {
  if (name === 'localhost' || name.endsWith('.localhost'))
    return refusal('PrivateDestination', { detail: 'loopback' });
  if (parents.has(parentKey(name, port))) return refusal('ProxyItself', { detail: 'its parent' });
  const unnamed = refusalOfUnnamed(name);
  if (unnamed !== undefined) return refusal(unnamed.reason, { detail: unnamed.detail });
  return ownNames.has(name) ? refusal('ProxyItself') : undefined;
}

function applyRules(destination: Destination, { client }: ProxyRequest, snapshot: Snapshot): Decision {
  const { ruleSets, settings } = snapshot;
  const rule = findAllow(ruleSets, client, settings, destination);
  const refused =
    portCeiling(destination, settings) ??
    deniedByRule(findDeny(ruleSets, client, destination, settings.nat64Prefixes)) ??
    (rule === undefined ? noMatch(destination, client, snapshot) : undefined);
  if (refused !== undefined && !isObserved(client)) return deny(refused, destination);
  const upstreams = upstreamsFor(settings, destination);
  return {
    verdict: 'allow',
    destination,
    upstreams,
    mustResolve: destination.kind === 'name' && upstreams.length === 0,
    ...(refused === undefined ? allowedBy(rule) : observed(refused)),
  };
}

/** Whether rules only report what they would deny to this client. */
export function isObserved(client: Client): boolean {
  return client.kind === 'pod' && client.mode === 'observe';
}

function portCeiling({ port }: Destination, { allowedPorts }: DecisionSettings): Refusal | undefined {
  if (allowedPorts === undefined || allowedPorts.has(port)) return undefined;
  return refusal('PortNotAllowed', { remedy: 'operator' });
}

export function deniedByRule(rule: RuleRef | undefined): Refusal | undefined {
  return rule === undefined ? undefined : refusal('DeniedByRule', { rule, remedy: 'operator' });
}

function noMatch(destination: Destination, client: Client, { ruleSets, settings }: Snapshot): Refusal {
  const expired = findExpired(ruleSets, client, settings, destination);
  const detail =
    expired && `${formatRule(refOf(expired))} expired at ${new Date(expired.set.expiresAt).toISOString()}`;
  return refusal('NoMatchingRule', { detail, remedy: 'rule' });
}

function allowedBy(rule: RuleRef | undefined): Pick<Allowed, 'reason' | 'rule' | 'wouldDeny'> {
  return { reason: 'RuleAllowed', rule, wouldDeny: undefined };
}

/** The allow that observe mode makes of a denial by rules. */
export function observed(wouldDeny: Refusal): Pick<Allowed, 'reason' | 'rule' | 'wouldDeny'> {
  return { reason: 'ObserveOnly', rule: undefined, wouldDeny };
}
