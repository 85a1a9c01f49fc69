import { holds, normalizeCidr } from './cidr.ts';
import type { EgressRule, NetworkPolicySpec } from './network-policy.ts';

export interface WideningPolicy {
  name: string;
  /** The field that opens, such as `spec.egress[0].to[1].ipBlock`. */
  field: string;
  /** What it opens: a range, or `everything`. */
  opens: string;
}

interface NamedPolicy {
  metadata: { name: string };
  spec: NetworkPolicySpec;
}

/**
 * The policies that open egress past the cluster. Policies add up, so one of these undoes ours. An ipBlock inside
 * the pod range is no way out; one inside the Service range is listed, since what is behind a Service may be.
 */
export function detectWideningPolicies(
  policies: readonly NamedPolicy[],
  { own, podCIDRs }: { own: ReadonlySet<string>; podCIDRs: readonly string[] },
): WideningPolicy[] {
  return policies
    .filter(({ metadata, spec }) => !own.has(metadata.name) && governsEgress(spec))
    .flatMap(({ metadata, spec }) =>
      (spec.egress ?? []).flatMap((rule, index) =>
        openings(rule, podCIDRs).map(({ path, opens }) => ({
          name: metadata.name,
          field: `spec.egress[${index}]${path}`,
          opens,
        })),
      ),
    )
    .sort((a, b) => (`${a.name} ${a.field}` < `${b.name} ${b.field}` ? -1 : 1));
}

/** Without policyTypes, a policy with egress rules governs egress (the API server writes the default in). */
function governsEgress({ policyTypes, egress }: NetworkPolicySpec): boolean {
  return policyTypes?.includes('Egress') ?? egress !== undefined;
}

function openings({ to = [] }: EgressRule, podCIDRs: readonly string[]): { path: string; opens: string }[] {
  if (to.length === 0) return [{ path: '', opens: 'everything' }];
  return to.flatMap(({ ipBlock }, index) =>
    ipBlock === undefined || podCIDRs.some((range) => liesIn(range, ipBlock.cidr))
      ? []
      : [{ path: `.to[${index}].ipBlock`, opens: ipBlock.cidr }],
  );
}

function liesIn(outer: string, inner: string): boolean {
  const [a, b] = [normalizeCidr(outer), normalizeCidr(inner)];
  return a !== undefined && b !== undefined && holds(a, b);
}
