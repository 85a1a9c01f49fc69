import type {
  ClusterEgressRuleSet,
  DirectTarget,
  EgressProxySpec,
  EgressRuleSet,
  OpenedAddress,
} from '../../api/index.ts';
import {
  classifyAddress,
  type Fault,
  type Labels,
  parseAddress,
  parseDestination,
  type RuleSetContext,
  validateEgressRuleSet,
} from '../../rules/index.ts';
import { embeddedIn, passesGuard } from './guard-range.ts';

export interface DirectTargetsInput {
  set: EgressRuleSet;
  proxy: EgressProxySpec;
  clusterRuleSets: readonly ClusterEgressRuleSet[];
  namespaceLabels: Labels;
  /** The cluster's own ranges: what goes past the proxy is not to lead into it. */
  clusterCIDRs: readonly string[];
  /** What the hosts resolve to, by the names that `directHosts` gives. */
  addresses: ReadonlyMap<string, readonly string[]>;
}

export interface DirectTargetsPlan {
  destinations: OpenedAddress[];
  /** What stays closed, and why. */
  leftOut: { reason: Fault['reason']; message: string }[];
}

/** Destinations of one set: a NetworkPolicy has to stay far below the 1.5 MiB that etcd takes. */
export const MOST_DESTINATIONS = 2_000;

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
  return withinLimit(plan);
}

/** The names that have to be resolved, in the spelling that DNS is asked in, each once. */
export function directHosts({ spec }: EgressRuleSet): string[] {
  return [...new Set((spec?.directTargets ?? []).flatMap((target) => hostOf(target) ?? []))];
}

function hostOf({ host, port }: DirectTarget): string | undefined {
  if (host === undefined) return undefined;
  const parsed = parseDestination(host, port);
  return parsed.ok && parsed.destination.kind === 'name' ? parsed.destination.name : undefined;
}

function withinLimit({ destinations, leftOut }: DirectTargetsPlan): DirectTargetsPlan {
  const surplus = destinations.length - MOST_DESTINATIONS;
  if (surplus <= 0) return { destinations, leftOut };
  const message = `${surplus} addresses more than the ${MOST_DESTINATIONS} that one set may open`;
  return {
    destinations: destinations.slice(0, MOST_DESTINATIONS),
    leftOut: [...leftOut, { reason: 'TooMany', message }],
  };
}

function addDestinations(plan: DirectTargetsPlan, target: DirectTarget, input: DirectTargetsInput): void {
  const { port, protocol = 'TCP' } = target;
  const host = hostOf(target);
  for (const cidr of cidrsOf(target, input.addresses)) {
    const fault = faultOfCidr(cidr, target, input);
    if (fault === undefined) {
      plan.destinations.push({ ...(host !== undefined && { host }), cidr, port, protocol });
    } else {
      const shown = host === undefined ? nameOf(target) : `${nameOf(target)} is ${cidr}`;
      plan.leftOut.push({ reason: fault.reason, message: `${shown}: ${fault.message}` });
    }
  }
}

type LeftOut = Pick<Fault, 'reason' | 'message'>;

function faultOfCidr(
  cidr: string,
  { host, port, protocol }: DirectTarget,
  input: DirectTargetsInput,
): LeftOut | undefined {
  const { clusterCIDRs, proxy } = input;
  const fault = faultOfRange({ cidr, port, ...(protocol && { protocol }) }, input);
  if (fault !== undefined) return fault;
  if (!passesGuard(cidr, { clusterCIDRs, opened: proxy.privateCIDRs ?? [] })) {
    return { reason: 'OutsideCeiling', message: 'this is no public destination' };
  }
  // As for requests (decision 4): where a name leads is its owner's choice, what a cidr says is the team's.
  if (host === undefined || proxy.privateDestinations === 'Allow' || isPublic(cidr)) return undefined;
  const message =
    'a name leads to a special-purpose address only with privateDestinations: Allow; write it as cidr';
  return { reason: 'OutsideCeiling', message };
}

/** Outside the ceiling, or denied: as it stands, or as the IPv4 address that it stands for. */
function faultOfRange(target: DirectTarget & { cidr: string }, input: DirectTargetsInput): Fault | undefined {
  const { clusterRuleSets, namespaceLabels } = input;
  const denied = embeddedIn(target.cidr).flatMap((cidr) =>
    faultsAgainst({ ...target, cidr }, { clusterRuleSets, namespaceLabels }),
  );
  return [...faultsOf(target, input), ...denied][0];
}

function isPublic(cidr: string): boolean {
  return classifyAddress(cidr.slice(0, cidr.indexOf('/'))).kind === 'public';
}

function faultsOf(target: DirectTarget, input: DirectTargetsInput): Fault[] {
  const { proxy, clusterRuleSets, namespaceLabels } = input;
  return faultsAgainst(target, { proxies: [proxy], clusterRuleSets, namespaceLabels });
}

function faultsAgainst(target: DirectTarget, context: RuleSetContext): Fault[] {
  return validateEgressRuleSet({ spec: { targets: [], directTargets: [target] } }, context).faults;
}

function cidrsOf(target: DirectTarget, addresses: DirectTargetsInput['addresses']): string[] {
  if (target.cidr !== undefined) return [target.cidr];
  const parsed = (addresses.get(hostOf(target) ?? '') ?? []).map(parseAddress);
  return parsed.flatMap((address) => (address ? [`${address.text}/${address.family === 4 ? 32 : 128}`] : []));
}

function nameOf({ host, cidr, port, protocol = 'TCP' }: DirectTarget): string {
  return `${host ?? cidr}:${port}/${protocol}`;
}
