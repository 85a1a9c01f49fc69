import type { DecisionReason } from '../../../api/reasons.ts';

/** Explains a decision reason to a reader who does not know the product. */
export interface Explanation {
  /** Completes "because". */
  why: string;
  /** What the reader can do. */
  advice: string;
  /** `rule`: a rule set of the namespace can allow the request. */
  remedy: 'rule' | 'other';
}

const other = (why: string, advice: string): Explanation => ({ why, advice, remedy: 'other' });

const explanations: Partial<Record<DecisionReason, Explanation>> = {
  NoMatchingRule: {
    why: 'no rule set of its namespace names this target',
    advice: 'To allow it, add this EgressRuleSet. It takes effect within a second; no restart is needed.',
    remedy: 'rule',
  },
  RuleAllowed: other('a rule set allows it', ''),
  ObserveOnly: other(
    'its namespace is in observe mode',
    'Enforce mode would refuse it. To allow it, add this EgressRuleSet.',
  ),
  RateLimited: other(
    'its namespace sends more requests a second than one namespace may',
    'Send fewer, or ask the operator of the cluster to raise limits.requestsPerSecond of the EgressProxy.',
  ),
  TooManyConnections: other(
    'its namespace has more open connections than one namespace may',
    'Close some, or ask the operator of the cluster to raise limits.connections of the EgressProxy.',
  ),
  Blocked: other(
    'an operator has blocked its namespace',
    'Every request of the namespace is refused until the label egress.zalando.org/mode changes. Ask the operator of the cluster.',
  ),
  DeniedByRule: other(
    'a ClusterEgressRuleSet denies it for all namespaces',
    'No rule set of the namespace can allow it. Ask the operator of the cluster.',
  ),
  IdentityUnknown: other(
    'the proxy did not yet know which pod has this address',
    'This happens to pods that have just started. Retry after a few seconds.',
  ),
  ClientNotServed: other(
    'this proxy does not serve the client',
    'Check the egress.zalando.org labels of its namespace: they select another proxy, or none.',
  ),
  PrivateDestination: other(
    'its address is private',
    'The operator must open the private range (privateCIDRs of the EgressProxy), and a rule set must name it.',
  ),
  PortNotAllowed: other(
    'the operator allows this port to no client',
    'Ask the operator of the cluster to add it to allowedPorts of the EgressProxy.',
  ),
  MethodNotAllowed: other(
    'the proxy does not support this HTTP method',
    'Use GET, POST or another common method.',
  ),
  MalformedTarget: other(
    'the proxy could not parse the target of the request',
    'Use a DNS name or an IP address, and a port from 1 to 65535.',
  ),
  NameMissing: other(
    'its transparently redirected connection, or the TLS in its tunnel, contains no host name',
    'Rules match host names: use the proxy variables, or a protocol that sends the host name (TLS with SNI).',
  ),
  NameEncrypted: other(
    'its transparently redirected connection, or the TLS in its tunnel, encrypts the host name (Encrypted Client Hello)',
    'Turn off Encrypted Client Hello in the program, or use the proxy variables.',
  ),
  NameOutsideCluster: other(
    'the pod asked the DNS for a name outside of the cluster, and its namespace resolves only names of the cluster',
    'A client that uses HTTPS_PROXY needs no address. Otherwise add a direct target, or ask the operator for dnsAllow.',
  ),
  ServerNameMismatch: other(
    'the TLS server name in its tunnel is not the name that a rule allows',
    'Let the program ask for the name that it connects to. The record shows the other name as sni.',
  ),
  NotTLS: other(
    'its tunnel does not begin with TLS',
    'Use another port, or ask the operator of the cluster to add the target to tcpTargets of the EgressProxy.',
  ),
  NameNotResolved: other(
    'its host name has no address in DNS',
    'A rule allows the target; check the spelling of the name.',
  ),
  ProxyItself: other('the target is the proxy itself', 'Check the proxy variables of the pod.'),
  UpstreamUnavailable: other(
    'no upstream proxy for this target was reachable',
    'A rule allows the target. The operator of the cluster sees the upstreams under Proxies.',
  ),
  AgentUnavailable: other('the proxy could not decide in time', 'Retry after a few seconds.'),
  TooManyPending: other(
    'too many requests of this client were waiting for a decision',
    'Retry after a few seconds with fewer parallel connections.',
  ),
};

/** Explains any reason, including one that is newer than this page. */
export function explain(reason: string | undefined): Explanation {
  const known = explanations[reason as DecisionReason];
  return (
    known ??
    other(
      reason === undefined ? 'of an unknown reason' : `of the reason ${reason}`,
      'Ask the operator of the cluster.',
    )
  );
}
