import { annotation } from '../../api/index.ts';
import { type Destination, formatDestination, type InClusterName } from '../target/index.ts';
import { describeBlock } from './block.ts';
import { allowedMethods } from './decide.ts';
import type { Refusal } from './decision.ts';
import { plain } from './plain.ts';
import { type Client, formatRule } from './request.ts';

/** A refusal, or in observe mode the refusal that enforce mode would give. */
export type Explained = Refusal & { destination: Destination | undefined };

export interface ExplainedRequest {
  /** `unknown`: no client is known at this address. */
  client: Client | { kind: 'unknown'; address: string };
  method: string;
  host: string;
  port: number;
  /** How the host is a name inside the cluster; absent if it is not, or if a parent proxy resolves it. */
  inCluster?: InClusterName | undefined;
}

/**
 * Explains a refusal in one line of printable ASCII, for the 403 page, the X-Egress-Decision header, the Event and the
 * audit log: the client, the destination, the reason, and what to do. Names are escaped and cut, so that they cannot act
 * in HTML or end a header.
 */
export function explainRefusal(refused: Explained, request: ExplainedRequest, id: string): string {
  const target = targetOf(refused, request);
  const why = refused.detail === undefined ? refused.reason : `${refused.reason}: ${plain(refused.detail)}`;
  const advice = adviseOnRefusal(refused, request);
  return `${clientOf(request.client)} may not reach ${target} (${why}). ${advice} [id ${plain(id)}]`;
}

/** What to do about a refusal: the last sentences of its explanation. */
export function adviseOnRefusal(refused: Explained, request: ExplainedRequest): string {
  return adviceFor(refused, request, targetOf(refused, request));
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

function adviceFor(refused: Explained, request: ExplainedRequest, target: string): string {
  const { client, method, host, inCluster } = request;
  if (inCluster !== undefined && rulesCannotHelp.has(refused.reason))
    return inClusterAdvice(refused, request, inCluster, plain(host), target);
  switch (refused.reason) {
    case 'Blocked':
      return blockedAdvice(client);
    case 'RateLimited':
    case 'TooManyConnections':
      return limitAdvice(refused.reason, client);
    case 'NoMatchingRule':
      return `To allow it, ${targetToAdd(client, target)}${client.kind === 'pod' ? ', or ask for it: kubectl egress request' : ''}.`;
    case 'PrivateDestination':
      return privateAdvice(refused, client);
    case 'DeniedByRule':
      return `ClusterEgressRuleSet ${refused.rule === undefined ? '' : plain(formatRule(refused.rule))} denies it, and no EgressRuleSet can allow it: ask the cluster operator.`;
    case 'NameNotResolved':
      return refused.remedy === 'operator'
        ? 'A rule allows it. Try again, and contact the cluster operator if it persists.'
        : 'A rule allows it, but DNS has no address for the name: check its spelling.';
    case 'MethodNotAllowed':
      return `The proxy does not allow the method ${plain(method).slice(0, 32)}: use ${[...allowedMethods].join(', ')}, or HTTPS, whose methods the proxy does not see.`;
    default:
      return advice[refused.reason] ?? 'Ask the cluster operator.';
  }
}

const advice: Partial<Record<Refusal['reason'], string>> = {
  PortNotAllowed:
    "The port is not in the EgressProxy's allowedPorts, and no EgressRuleSet can allow it: ask the cluster operator.",
  MalformedTarget: 'Request a DNS name or an IP address, with a port from 1 to 65535.',
  NameMissing:
    'Transparent mode (clientEnv.transparent) needs the name: let the program use HTTPS_PROXY, or send SNI or a Host header.',
  NameEncrypted:
    'Transparent mode (clientEnv.transparent) needs the name: let the program use HTTPS_PROXY, or disable ECH in it.',
  ProxyItself:
    'This is the proxy itself or its parent proxy, which no rule can allow: request the name of the server that is meant.',
  IdentityUnknown:
    'The Kubernetes API does not show a pod with this address yet: try again in a few seconds. A pod with hostNetwork has the address of its node, and the proxy does not serve it.',
  ClientNotServed:
    'This proxy does not serve this client: check the labels egress.zalando.org/mode and egress.zalando.org/proxy of its namespace, and its annotation egress.zalando.org/pod-selector.',
  AgentUnavailable: 'The proxy could not decide in time: try again in a few seconds.',
  UpstreamUnavailable:
    'The parent proxy for this destination cannot be used, and there is no other route. Try again, and contact the cluster operator if it persists.',
  TooManyPending: 'Too many requests of this client are waiting for a decision: try again in a few seconds.',
};

function limitAdvice(
  reason: 'RateLimited' | 'TooManyConnections',
  client: ExplainedRequest['client'],
): string {
  const [field, less] =
    reason === 'RateLimited' ? ['requestsPerSecond', 'send fewer'] : ['connections', 'close some'];
  const who = client.kind === 'pod' ? `namespace ${plain(client.namespace)}` : 'this client';
  return `That is the limit of ${who}: ${less}, or ask the cluster operator to raise limits.${field} in the EgressProxy or a ClusterEgressRuleSet.`;
}

function blockedAdvice(client: ExplainedRequest['client']): string {
  if (client.kind !== 'pod' || client.block === undefined) return 'Ask the cluster operator.';
  return `Namespace ${plain(client.namespace)} is ${describeBlock(client.block)} (label egress.zalando.org/mode): every request of it is refused until the cluster operator changes that.`;
}

function privateAdvice({ remedy }: Explained, client: ExplainedRequest['client']): string {
  if (remedy === 'rule')
    return `The address is not public: also ${targetToAdd(client, undefined)} that includes it, such as 10.0.0.0/24:443.`;
  if (remedy === 'operator')
    return "The address is not public, and no EgressRuleSet alone can allow it: ask the cluster operator, who can list its range in the EgressProxy's privateCIDRs.";
  return 'The proxy never connects to this address.';
}

/** Reasons whose usual advice, a rule or a correct spelling, does not help with a name inside the cluster. */
const rulesCannotHelp: ReadonlySet<Refusal['reason']> = new Set([
  'NoMatchingRule',
  'PortNotAllowed',
  'NameNotResolved',
  'PrivateDestination',
]);

/** The proxy does not know Services, so that it cannot say whether there is one of the name. */
function inClusterAdvice(
  { reason }: Explained,
  { client }: ExplainedRequest,
  inCluster: InClusterName,
  name: string,
  target: string,
): string {
  const ruleFor = (kind: string) =>
    reason === 'NoMatchingRule' ? ` If it is ${kind}, ${targetToAdd(client, target)}.` : '';
  const direct = 'pods reach it directly by NO_PROXY, and no EgressRuleSet can allow it here';
  switch (inCluster.kind) {
    case 'service':
      return `This is a name inside the cluster: ${direct}. Let the program heed NO_PROXY, and remove a NO_PROXY of the pod's own that lacks .svc.`;
    case 'bare': {
      const long = client.kind === 'pod' ? `, or use ${name}.${plain(client.namespace)}.svc` : '';
      return `A name without a dot is inside the cluster: ${direct}. If the Service ${name} is newer than the pod, restart the pod, so that NO_PROXY has its name${long}. For another name, see the annotation ${annotation.noProxy} of the namespace and the pod.`;
    }
    case 'service-pod': {
      const service = plain(inCluster.service);
      const long = client.kind === 'pod' ? `, or use ${name}.${plain(client.namespace)}.svc` : '';
      return `No public name ends in .${service}. If ${service} is a headless Service: ${direct}. Restart the pod if that Service is newer${long}.${ruleFor('a name of your own network')}`;
    }
    case 'namespace': {
      const { namespace } = inCluster;
      const rule = ruleFor('a public name');
      return `There is a namespace ${plain(namespace)}. If this is a Service there: ${direct}. Restart the pod if that Service is newer, or use ${name}.svc.${rule}`;
    }
  }
}

function targetToAdd(client: ExplainedRequest['client'], target: string | undefined): string {
  const what = target === undefined ? 'add a CIDR target' : `add "${target}"`;
  return client.kind === 'pod'
    ? `${what} to an EgressRuleSet in namespace ${plain(client.namespace)}`
    : `${what} to a ClusterEgressRuleSet with clientCIDRs`;
}
