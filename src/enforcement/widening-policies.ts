import { type AddressRange, networkList, rangeContains, readNetwork } from '../rules/index.ts';
import type { EgressRule, NetworkPolicySpec } from './network-policy.ts';

export interface WideningPolicy {
  name: string;
  /** Path of the field that opens, such as `spec.egress[0].to[1].ipBlock`. */
  field: string;
  /** The range that it opens, or `everything`. */
  opens: string;
}

interface NamedPolicy {
  metadata: { name: string };
  spec: NetworkPolicySpec;
}

/**
 * Finds the policies that open egress past the cluster. Policies add up, so that one of these undoes ours. An ipBlock
 * inside the pod range leads nowhere outside; one inside the Service range is listed, since a Service may lead outside.
 */
export function detectWideningPolicies(
  policies: readonly NamedPolicy[],
  { own, podCIDRs }: { own: ReadonlySet<string>; podCIDRs: readonly string[] },
): WideningPolicy[] {
  const podRanges = networkList(podCIDRs);
  return policies
    .filter(({ metadata, spec }) => !own.has(metadata.name) && governsEgress(spec))
    .flatMap(({ metadata, spec }) =>
      (spec.egress ?? []).flatMap((rule, index) =>
        openings(rule, podRanges).map(({ path, opens }) => ({
          name: metadata.name,
          field: `spec.egress[${index}]${path}`,
          opens,
        })),
      ),
    )
    .sort((a, b) => (`${a.name} ${a.field}` < `${b.name} ${b.field}` ? -1 : 1));
}

/** A policy without policyTypes governs egress if it has egress rules (the API server fills in the default). */
function governsEgress({ policyTypes, egress }: NetworkPolicySpec): boolean {
  return policyTypes?.includes('Egress') ?? egress !== undefined;
}

function openings(
  { to = [] }: EgressRule,
  podRanges: readonly AddressRange[],
): { path: string; opens: string }[] {
  if (to.length === 0) return [{ path: '', opens: 'everything' }];
  return to.flatMap(({ ipBlock }, index) =>
    ipBlock === undefined || liesIn(podRanges, ipBlock.cidr)
      ? []
      : [{ path: `.to[${index}].ipBlock`, opens: ipBlock.cidr }],
  );
}

function liesIn(podRanges: readonly AddressRange[], cidr: string): boolean {
  const range = readNetwork(cidr);
  return range !== undefined && podRanges.some((each) => rangeContains(each, range));
}
