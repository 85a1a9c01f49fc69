import { type Destination, parseDestination } from '../target/destination.ts';
import { judgeUnnamed } from '../target/unnamed-destination.ts';
import {
  type Allowed,
  type Decision,
  deny,
  type EgressRequest,
  type Refusal,
  type RuleRef,
  refusal,
  type Snapshot,
} from './decision.ts';
import { guardAddress } from './destination-guard.ts';
import { findAllow, findDeny } from './match-rules.ts';
import { type DecisionSettings, parentKey, upstreamsFor } from './settings.ts';

/** TRACE would echo a client's headers back; what is not here has no use through a proxy. */
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
 * Whether a request may leave, as far as that can be told without resolving its name: where `mustResolve` is set,
 * `judgeAddresses` has the last word. Two kinds of refusal: what no mode lifts (client, method, spelling, the proxy
 * itself, the destination guard) and what rules say (port ceiling, cluster Deny, no Allow), which observe mode lets
 * pass with a note. The port ceiling is one of the latter: it is a ceiling over rules, so beyond it there is no
 * rule that allows.
 */
export function decide(request: EgressRequest, snapshot: Snapshot): Decision {
  const { client } = request;
  if (client.kind === 'pod' && !client.selected)
    return deny(refusal('ClientNotServed', { remedy: 'operator' }));
  if (client.kind === 'range' && !snapshot.book.servesAddress(client.address))
    return deny(refusal('ClientNotServed', { remedy: 'operator' }));
  const unfit = judgeForm(request);
  const parsed = parseDestination(request.host, request.port);
  if (unfit !== undefined) return deny(unfit, parsed.ok ? parsed.destination : undefined);
  if (!parsed.ok) return deny(refusal('MalformedTarget', { detail: parsed.message }));

  const { destination } = parsed;
  const guarded = judgeDestination(destination, request, snapshot);
  if (guarded !== undefined) return deny(guarded, destination);
  return judgeRules(destination, request, snapshot);
}

function judgeForm({ method, scheme }: EgressRequest): Refusal | undefined {
  if (!allowedMethods.has(method)) return refusal('MethodNotAllowed');
  if (method === 'CONNECT' || scheme === undefined || scheme === 'http') return undefined;
  // With GET https://... the proxy would open TLS itself and the client would see no certificate of the origin's.
  return refusal('MalformedTarget', { detail: 'only http:// goes without CONNECT' });
}

/** What holds in every mode, as far as it shows before a name is resolved. */
function judgeDestination(
  destination: Destination,
  { client, port }: EgressRequest,
  snapshot: Snapshot,
): Refusal | undefined {
  if (destination.kind === 'address') return guardAddress(destination.address, { client, port }, snapshot);
  return judgeName(destination.name, port, snapshot.settings);
}

/** RFC 6761: localhost is loopback wherever it is asked, and a hosts file answers it without any DNS. */
function judgeName(name: string, port: number, { ownNames, parents }: DecisionSettings): Refusal | undefined {
  if (name === 'localhost' || name.endsWith('.localhost'))
    return refusal('PrivateDestination', { detail: 'loopback' });
  if (parents.has(parentKey(name, port))) return refusal('ProxyItself', { detail: 'its parent' });
  const nameless = judgeUnnamed(name);
  if (nameless !== undefined) return refusal(nameless.reason, { detail: nameless.detail });
  return ownNames.has(name) ? refusal('ProxyItself') : undefined;
}

function judgeRules(destination: Destination, { client }: EgressRequest, snapshot: Snapshot): Decision {
  const { book, settings } = snapshot;
  const rule = findAllow(book, client, settings, destination);
  const refused = judgeCeiling(destination, settings) ?? judgeDeny() ?? judgeLack(rule);
  if (refused !== undefined && !(client.kind === 'pod' && client.mode === 'observe'))
    return deny(refused, destination);
  const upstreams = upstreamsFor(settings, destination);
  return {
    verdict: 'allow',
    destination,
    upstreams,
    mustResolve: destination.kind === 'name' && upstreams.length === 0,
    ...(refused === undefined ? allowedBy(rule) : observed(refused)),
  };

  function judgeDeny(): Refusal | undefined {
    const denying = findDeny(book, client, destination);
    return denying === undefined ? undefined : refusal('DeniedByRule', { rule: denying, remedy: 'operator' });
  }
}

function judgeCeiling({ port }: Destination, { allowedPorts }: DecisionSettings): Refusal | undefined {
  if (allowedPorts === undefined || allowedPorts.has(port)) return undefined;
  return refusal('PortNotAllowed', { remedy: 'operator' });
}

function judgeLack(rule: RuleRef | undefined): Refusal | undefined {
  return rule === undefined ? refusal('NoMatchingRule', { remedy: 'rule' }) : undefined;
}

function allowedBy(rule: RuleRef | undefined): Pick<Allowed, 'reason' | 'rule' | 'wouldDeny'> {
  return { reason: 'RuleAllowed', rule, wouldDeny: undefined };
}

/** What observe makes of a refusal that rules gave. */
export function observed(wouldDeny: Refusal): Pick<Allowed, 'reason' | 'rule' | 'wouldDeny'> {
  return { reason: 'ObserveOnly', rule: undefined, wouldDeny };
}
