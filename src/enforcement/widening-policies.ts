import { type AddressRange, networkList, rangeContains, readNetwork } from '../rules/index.ts';
import type { EgressRule, NetworkPolicyPeer, NetworkPolicySpec } from './network-policy.ts';

export interface WideningPolicy {
  name: string;
  /** Path of the field that opens, such as `spec.egress[0].to[1].ipBlock`. */
  field: string;
  /** The range that it opens, `everything`, or in strict mode `pods of the cluster`. */
  opens: string;
}

interface NamedPolicy {
  metadata: { name: string };
  spec: NetworkPolicySpec;
}

/**
 * Finds the policies that open egress past the cluster. Policies add up, so that one of these undoes ours. An ipBlock
 * inside the pod range leads nowhere outside; one inside the Service range is listed, since a Service may lead outside.
 * In strict mode the cluster's pods are closed too, so that every peer opens something.
 */
export function detectWideningPolicies(
  policies: readonly NamedPolicy[],
  { own, podCIDRs, strict }: { own: ReadonlySet<string>; podCIDRs: readonly string[]; strict: boolean },
): WideningPolicy[] {
  const harmless = strict ? () => false : harmlessWith(networkList(podCIDRs));
  return policies
    .filter(({ metadata, spec }) => !own.has(metadata.name) && governsEgress(spec))
    .flatMap(({ metadata, spec }) =>
      (spec.egress ?? []).flatMap((rule, index) =>
        openings(rule, harmless).map(({ path, opens }) => ({
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
  isHarmless: (peer: NetworkPolicyPeer) => boolean,
): { path: string; opens: string }[] {
  if (to.length === 0) return [{ path: '', opens: 'everything' }];
  return to.flatMap((peer, index) => {
    if (isHarmless(peer)) return [];
    return peer.ipBlock === undefined
      ? [{ path: `.to[${index}]`, opens: 'pods of the cluster' }]
      : [{ path: `.to[${index}].ipBlock`, opens: peer.ipBlock.cidr }];
  });
}

/** Outside strict mode pods are no way out, whether a selector or a range names them. */
function harmlessWith(podRanges: readonly AddressRange[]) {
  return ({ ipBlock }: NetworkPolicyPeer): boolean =>
    ipBlock === undefined || liesIn(podRanges, ipBlock.cidr);
}

function liesIn(podRanges: readonly AddressRange[], cidr: string): boolean {
  const range = readNetwork(cidr);
  return range !== undefined && podRanges.some((each) => rangeContains(each, range));
}
