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
  readableRanges,
  validateEgressRuleSet,
} from '../../rules/index.ts';
import { embeddedIn, passesGuard } from './guard-range.ts';

export interface DirectTargetsInput {
  set: EgressRuleSet;
  proxy: EgressProxySpec;
  clusterRuleSets: readonly ClusterEgressRuleSet[];
  namespaceLabels: Labels;
  /** Ranges of the cluster itself, which direct targets must not open. */
  clusterCIDRs: readonly string[];
  /** Addresses of the names that `directHosts` lists. */
  addresses: ReadonlyMap<string, readonly string[]>;
}

export interface DirectTargetsPlan {
  destinations: OpenedAddress[];
  /** The targets and addresses that stay closed. */
  leftOut: { reason: Fault['reason']; message: string }[];
}

/** Limit of one set: a NetworkPolicy must stay far below the 1.5 MiB that etcd accepts. */
export const MOST_DESTINATIONS = 2_000;

/**
 * The destinations that pods of a rule set reach past the proxy. Each one, given or resolved, is within the operator's
 * ceiling, is not a name that an upstream owns, is not denied by a cluster rule, and passes the guard. A set that is not
 * valid opens nothing.
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

/** The names to resolve, each once, as they are sent to DNS. */
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
  const message = `${surplus} addresses stay closed, since one rule set can open at most ${MOST_DESTINATIONS}`;
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
      const shown = host === undefined ? nameOf(target) : `${nameOf(target)} (${cidr})`;
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
  const { privateCIDRs: opened = [], nat64Prefixes: nat64 = [] } = proxy;
  if (!passesGuard(cidr, { clusterCIDRs, opened, nat64 })) {
    const message =
      'not a public destination: it overlaps the cluster, or a special-purpose range that privateCIDRs of the EgressProxy does not open';
    return { reason: 'OutsideCeiling', message };
  }
  // As for requests (decision 4): the owner of a name chooses its addresses, the team chooses a cidr.
  if (host === undefined || proxy.privateDestinations === 'Allow' || isPublic(cidr, nat64)) return undefined;
  const message =
    'the name resolves to a special-purpose address: write the address as cidr, or set privateDestinations: Allow on the EgressProxy';
  return { reason: 'OutsideCeiling', message };
}

/** Whether the range, or an IPv4 address that it embeds, is outside the ceiling or denied. */
function faultOfRange(target: DirectTarget & { cidr: string }, input: DirectTargetsInput): Fault | undefined {
  const { clusterRuleSets, namespaceLabels } = input;
  const denied = embeddedIn(target.cidr, input.proxy.nat64Prefixes ?? []).flatMap((cidr) =>
    faultsAgainst({ ...target, cidr }, { clusterRuleSets, namespaceLabels }),
  );
  return [...faultsOf(target, input), ...denied][0];
}

function isPublic(cidr: string, nat64: readonly string[]): boolean {
  return classifyAddress(cidr.slice(0, cidr.indexOf('/')), readableRanges(nat64)).kind === 'public';
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
