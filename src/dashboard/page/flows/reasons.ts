import type { DecisionReason } from '../../../api/reasons.ts';

/** A reason in words for somebody who has met the product today. */
export interface Explanation {
  /** After "because". */
  why: string;
  /** What to do about it. */
  advice: string;
  /** A rule set of the namespace can allow it. */
  remedy: 'rule' | 'other';
}

const other = (why: string, advice: string): Explanation => ({ why, advice, remedy: 'other' });

const explanations: Partial<Record<DecisionReason, Explanation>> = {
  NoMatchingRule: {
    why: 'no rule set of its namespace names this target',
    advice: 'If it should, add this EgressRuleSet. It works within a second; nothing has to be restarted.',
    remedy: 'rule',
  },
  RuleAllowed: other('a rule set allows it', ''),
  ObserveOnly: other(
    'its namespace is only observed, so that nothing is refused',
    'In enforce mode it would be refused. To allow it then, add this EgressRuleSet.',
  ),
  DeniedByRule: other(
    'a ClusterEgressRuleSet denies it for everybody',
    'No rule set of the namespace can allow it. Ask the operator of the cluster.',
  ),
  IdentityUnknown: other(
    'the cluster did not know yet which pod has this address',
    'Usually a pod that has just started. Try again in a few seconds.',
  ),
  ClientNotServed: other(
    'this proxy does not serve the client',
    'Look at the egress.zalando.org labels of its namespace: another proxy may serve it, or none.',
  ),
  PrivateDestination: other(
    'its address is not public',
    'The operator opens private ranges (privateCIDRs of the EgressProxy), and a rule set names the range.',
  ),
  PortNotAllowed: other(
    'the operator does not allow this port for anybody',
    'Ask the operator of the cluster: allowedPorts of the EgressProxy.',
  ),
  MethodNotAllowed: other(
    'the proxy does not pass this HTTP method',
    'Use GET, POST or another common method.',
  ),
  MalformedTarget: other(
    'the proxy could not read where it should go',
    'Ask for a DNS name or an IP address, and a port from 1 to 65535.',
  ),
  NameMissing: other(
    'its connection, taken over by transparent mode, says no name',
    'Rules go by names: let the program use the proxy variables, or a protocol that names its host (TLS with SNI).',
  ),
  NameEncrypted: other(
    'its connection, taken over by transparent mode, hides its name (Encrypted Client Hello)',
    'Turn that off in the program, or let it use the proxy variables.',
  ),
  NameNotResolved: other(
    'its name has no address in DNS',
    'A rule allows it; check the spelling of the name.',
  ),
  ProxyItself: other(
    'this is the proxy itself, which is no destination',
    'Check the proxy variables of the pod.',
  ),
  UpstreamUnavailable: other(
    'no parent proxy that may carry it could be reached',
    'A rule allows it; the operator of the cluster sees the parent proxies under Proxies.',
  ),
  AgentUnavailable: other('the proxy could not decide in time', 'Try again in a few seconds.'),
  TooManyPending: other(
    'too many requests of this client were waiting for a decision',
    'Try again in a few seconds, with fewer connections at once.',
  ),
};

/** Also for a reason that is newer than this page. */
export function explain(reason: string | undefined): Explanation {
  const known = explanations[reason as DecisionReason];
  return (
    known ??
    other(
      reason === undefined ? 'of a reason that is not known' : `of ${reason}`,
      'Ask the operator of the cluster.',
    )
  );
}
