import { type LabelSelector, label, MANAGER } from '../api/index.ts';
import { cidrOf } from './cidr.ts';
import { compareText, type EgressRule, type NetworkPolicy } from './network-policy.ts';

/** One address or range that a rule set's directTargets come to, checked against the operator's ceiling. */
export interface DirectDestination {
  cidr: string;
  port: number;
  protocol: 'TCP' | 'UDP';
}

export interface DirectTargetsInput {
  namespace: string;
  ruleSet: string;
  /** `<namespace>.<name>` of the EgressProxy whose ceiling holds. */
  proxy: string;
  podSelector?: LabelSelector | undefined;
  destinations: readonly DirectDestination[];
}

const PREFIX = 'egress-direct-';

/** A rule set's name has at most 253 characters; admission keeps those with directTargets to 239. */
export function directTargetsPolicyName(ruleSet: string): string {
  return `${PREFIX}${ruleSet}`;
}

/** The rule set that a policy of this name opens for; undefined for the name of another kind of policy. */
export function ruleSetOfPolicyName(policy: string): string | undefined {
  return policy.startsWith(PREFIX) ? policy.slice(PREFIX.length) : undefined;
}

/** What of a rule set goes past the proxy; undefined where nothing does. */
export function renderDirectTargetsPolicy(input: DirectTargetsInput): NetworkPolicy | undefined {
  const egress = directRules(input.destinations);
  if (egress.length === 0) return undefined;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: directTargetsPolicyName(input.ruleSet),
      namespace: input.namespace,
      labels: { [label.managedBy]: MANAGER, [label.ownerProxy]: input.proxy },
    },
    spec: { podSelector: input.podSelector ?? {}, policyTypes: ['Egress'], egress },
  };
}

function directRules(destinations: readonly DirectDestination[]): EgressRule[] {
  const rules = new Map<string, EgressRule>();
  for (const { cidr: text, port, protocol } of destinations) {
    const cidr = cidrOf(text);
    if (cidr === undefined) continue;
    rules.set(`${cidr} ${protocol} ${port}`, { to: [{ ipBlock: { cidr } }], ports: [{ protocol, port }] });
  }
  return [...rules].sort(([a], [b]) => compareText(a, b)).map(([, rule]) => rule);
}
