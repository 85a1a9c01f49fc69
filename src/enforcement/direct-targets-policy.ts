import { type LabelSelector, label, MANAGER } from '../api/index.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { endpointRules } from './peers.ts';

/** An address or range of a rule set's directTargets that passed the operator's ceiling. */
export interface DirectDestination {
  cidr: string;
  port: number;
  protocol: 'TCP' | 'UDP';
}

export interface DirectTargetsInput {
  namespace: string;
  ruleSet: string;
  /** `<namespace>.<name>` of the EgressProxy whose ceiling applies. */
  proxy: string;
  podSelector?: LabelSelector | undefined;
  destinations: readonly DirectDestination[];
}

const PREFIX = 'egress-direct-';

/** Fits into 253 characters: admission limits the name of a rule set with directTargets to 239. */
export function directTargetsPolicyName(ruleSet: string): string {
  return `${PREFIX}${ruleSet}`;
}

/** The rule set whose direct targets a policy of this name opens; undefined for the name of another policy. */
export function ruleSetOfPolicyName(policy: string): string | undefined {
  return policy.startsWith(PREFIX) ? policy.slice(PREFIX.length) : undefined;
}

/** Opens a rule set's direct targets, which do not go through the proxy. Undefined if there is none. */
export function renderDirectTargetsPolicy(input: DirectTargetsInput): NetworkPolicy | undefined {
  const egress = endpointRules(input.destinations);
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
