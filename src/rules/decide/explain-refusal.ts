import { type Destination, formatDestination } from '../target/index.ts';
import type { Refusal } from './decision.ts';
import { type Client, formatRule } from './request.ts';

/** A refusal, or what enforce would have said in observe mode. */
export type Explained = Refusal & { destination: Destination | undefined };

export interface ExplainedRequest {
  /** `unknown`: the address belongs to no client that is known. */
  client: Client | { kind: 'unknown'; address: string };
  method: string;
  host: string;
  port: number;
}

/** Characters of one name from outside; a DNS name and its port fit. */
const LONGEST_NAME = 260;

/**
 * One line of printable ASCII for the 403 page, the X-Egress-Decision header, the Event and the audit log: who,
 * what, why, and what to do. Nothing in it can act in HTML or end a header: names are escaped and cut.
 */
export function explainRefusal(refused: Explained, request: ExplainedRequest, id: string): string {
  const target = targetOf(refused, request);
  const why = refused.detail === undefined ? refused.reason : `${refused.reason}: ${plain(refused.detail)}`;
  const advice = adviceFor(refused, request, target);
  return `${clientOf(request.client)} may not reach ${target} (${why}). ${advice} [id ${plain(id)}]`;
}

/** A name from outside as plain text. */
export function plain(text: string): string {
  const cut = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}...` : text;
  return cut.replace(/[^\w !#$()*+,./:;=?@[\]{}|~'-]/gu, '?').replaceAll("'", '');
}

function clientOf(client: ExplainedRequest['client']): string {
  switch (client.kind) {
    case 'pod':
      return `Pod ${plain(client.namespace)}/${plain(client.name)}`;
    case 'range':
      return `Client ${client.address.text}`;
    case 'unknown':
      return `Client ${plain(client.address)}`;
  }
}

function targetOf({ destination }: Explained, { host, port }: ExplainedRequest): string {
  return plain(destination === undefined ? `${host}:${port}` : formatDestination(destination));
}

function adviceFor(refused: Explained, { client, method }: ExplainedRequest, target: string): string {
  switch (refused.reason) {
    case 'NoMatchingRule':
      return `To allow it, ${targetToAdd(client, target)}.`;
    case 'PrivateDestination':
      return privateAdvice(refused, client);
    case 'DeniedByRule':
      return `ClusterEgressRuleSet ${refused.rule === undefined ? '' : plain(formatRule(refused.rule))} denies it; no EgressRuleSet can allow it: ask the cluster operator.`;
    case 'NameNotResolved':
      return refused.remedy === 'operator'
        ? 'A rule allows it: try again, and tell the cluster operator.'
        : 'A rule allows it, but its name has no address in DNS: check the spelling.';
    case 'MethodNotAllowed':
      return `The proxy does not pass the method ${plain(method).slice(0, 32)}.`;
    default:
      return advice[refused.reason] ?? 'Ask the cluster operator.';
  }
}

const advice: Partial<Record<Refusal['reason'], string>> = {
  PortNotAllowed:
    "The port is not among the EgressProxy's allowedPorts; no EgressRuleSet can allow it: ask the cluster operator.",
  MalformedTarget: 'Ask for a DNS name or an IP address, and a port from 1 to 65535.',
  NameMissing:
    'Transparent mode (clientEnv.transparent) needs the name: let the program use HTTPS_PROXY, or send SNI and Host.',
  NameEncrypted:
    'Transparent mode (clientEnv.transparent) needs the name: let the program use HTTPS_PROXY, or switch ECH off in it.',
  ProxyItself: 'This is the proxy itself, or the parent that it uses; it is no destination.',
  IdentityUnknown: 'The cluster does not know this address as a pod yet: try again in a few seconds.',
  ClientNotServed:
    'This proxy does not serve this client: look at the egress.zalando.org labels of its namespace.',
  AgentUnavailable: 'The proxy could not decide in time: try again in a few seconds.',
  UpstreamUnavailable: 'Nothing goes around a parent proxy: try again, and tell the cluster operator.',
  TooManyPending: 'Too many requests of this client wait for a decision: try again in a few seconds.',
};

function privateAdvice({ remedy }: Explained, client: ExplainedRequest['client']): string {
  if (remedy === 'rule')
    return `The address is not public: also ${targetToAdd(client, undefined)} that holds it, such as 10.0.0.0/24:443.`;
  if (remedy === 'operator')
    return "The address is not public, and no EgressRuleSet alone can allow it: ask the cluster operator, who can list its range in the EgressProxy's privateCIDRs.";
  return 'This address is never reached through the proxy.';
}

function targetToAdd(client: ExplainedRequest['client'], target: string | undefined): string {
  const what = target === undefined ? 'add a CIDR target' : `add "${target}"`;
  return client.kind === 'pod'
    ? `${what} to an EgressRuleSet in namespace ${plain(client.namespace)}`
    : `${what} to a ClusterEgressRuleSet with clientCIDRs`;
}
