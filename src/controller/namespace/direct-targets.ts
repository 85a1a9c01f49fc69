import type { ClusterEgressRuleSet, DirectTarget, EgressProxySpec, EgressRuleSet } from '../../api/index.ts';
import type { DirectDestination } from '../../enforcement/index.ts';
import { type Fault, type Labels, parseAddress, validateEgressRuleSet } from '../../rules/index.ts';
import { passesGuard } from './guard-range.ts';

export interface DirectTargetsInput {
  set: EgressRuleSet;
  proxy: EgressProxySpec;
  clusterRuleSets: readonly ClusterEgressRuleSet[];
  namespaceLabels: Labels;
  /** The cluster's own ranges: what goes past the proxy is not to lead into it. */
  clusterCIDRs: readonly string[];
  /** What the hosts resolve to now. */
  addresses: ReadonlyMap<string, readonly string[]>;
}

export interface DirectTargetsPlan {
  destinations: DirectDestination[];
  /** What stays closed, and why. */
  leftOut: { reason: Fault['reason']; message: string }[];
}

/**
 * Where the pods of a set may go past the proxy. Each destination, given or resolved, lies in the operator's ceiling,
 * is no name that an upstream owns, is denied by no cluster rule, and passes the guard. A set that does not parse
 * opens nothing.
 */
export function planDirectTargets(input: DirectTargetsInput): DirectTargetsPlan {
  const plan: DirectTargetsPlan = { destinations: [], leftOut: [] };
  if (validateEgressRuleSet(input.set).faults.length > 0) return plan;
  for (const target of input.set.spec.directTargets ?? []) {
    const [fault] = faultsOf(target, input);
    if (fault === undefined) addDestinations(plan, target, input);
    else plan.leftOut.push({ reason: fault.reason, message: `${nameOf(target)}: ${fault.message}` });
  }
  return plan;
}

/** The hosts that have to be resolved. */
export function directHosts({ spec }: EgressRuleSet): string[] {
  return (spec?.directTargets ?? []).flatMap(({ host }) => host ?? []);
}

function addDestinations(plan: DirectTargetsPlan, target: DirectTarget, input: DirectTargetsInput): void {
  const { port, protocol = 'TCP' } = target;
  for (const cidr of cidrsOf(target, input.addresses)) {
    const [fault] = target.host === undefined ? [] : faultsOf({ cidr, port, protocol }, input);
    if (fault !== undefined) {
      plan.leftOut.push({ reason: fault.reason, message: `${nameOf(target)} is ${cidr}: ${fault.message}` });
    } else if (
      !passesGuard(cidr, { clusterCIDRs: input.clusterCIDRs, opened: input.proxy.privateCIDRs ?? [] })
    ) {
      const message = `${nameOf(target)} is ${cidr}, which is no public destination`;
      plan.leftOut.push({ reason: 'OutsideCeiling', message });
    } else {
      plan.destinations.push({ cidr, port, protocol });
    }
  }
}

function faultsOf(target: DirectTarget, input: DirectTargetsInput): Fault[] {
  const { proxy, clusterRuleSets, namespaceLabels } = input;
  const alone = { spec: { targets: [], directTargets: [target] } };
  return validateEgressRuleSet(alone, { proxies: [proxy], clusterRuleSets, namespaceLabels }).faults;
}

function cidrsOf({ host, cidr }: DirectTarget, addresses: DirectTargetsInput['addresses']): string[] {
  if (cidr !== undefined) return [cidr];
  const parsed = (addresses.get(host ?? '') ?? []).map(parseAddress);
  return parsed.flatMap((address) => (address ? [`${address.text}/${address.family === 4 ? 32 : 128}`] : []));
}

function nameOf({ host, cidr, port, protocol = 'TCP' }: DirectTarget): string {
  return `${host ?? cidr}:${port}/${protocol}`;
}
