import { describe, expect, it } from 'vitest';
import type { NetworkPolicySpec } from './network-policy.ts';
import { detectWideningPolicies } from './widening-policies.ts';

const found = (spec: NetworkPolicySpec, name = 'theirs', strict = false) =>
  detectWideningPolicies([{ metadata: { name }, spec: { podSelector: {}, ...spec } }], {
    own: new Set(['enforce-egress-proxy']),
    podCIDRs: ['10.244.0.0/16'],
    strict,
  });
const block = (cidr: string) => ({ ipBlock: { cidr } });

describe('detectWideningPolicies', () => {
  const widening: [string, NetworkPolicySpec, { field: string; opens: string }][] = [
    [
      'a rule for everything',
      { policyTypes: ['Egress'], egress: [{}] },
      { field: 'spec.egress[0]', opens: 'everything' },
    ],
    [
      'an empty list of peers',
      { policyTypes: ['Egress'], egress: [{ to: [] }] },
      { field: 'spec.egress[0]', opens: 'everything' },
    ],
    [
      'the internet',
      { egress: [{ to: [block('0.0.0.0/0')] }] },
      { field: 'spec.egress[0].to[0].ipBlock', opens: '0.0.0.0/0' },
    ],
    [
      'a range around the pods',
      { egress: [{ to: [{ podSelector: {} }, block('10.0.0.0/8')] }] },
      { field: 'spec.egress[0].to[1].ipBlock', opens: '10.0.0.0/8' },
    ],
    [
      'the Service range',
      { egress: [{ to: [block('10.96.0.0/16')] }] },
      { field: 'spec.egress[0].to[0].ipBlock', opens: '10.96.0.0/16' },
    ],
  ];
  it.each(widening)('finds %s', (_, spec, expected) => {
    expect(found(spec)).toEqual([{ name: 'theirs', ...expected }]);
  });

  const harmless: [string, NetworkPolicySpec][] = [
    ['ingress only', { policyTypes: ['Ingress'], ingress: [{}] }],
    ['egress rules that policyTypes leaves out', { policyTypes: ['Ingress'], egress: [{}] }],
    ['nothing opened', { policyTypes: ['Egress'] }],
    ['pods', { egress: [{ to: [{ namespaceSelector: {} }] }] }],
    ["a range of the pods'", { egress: [{ to: [block('10.244.3.0/24')] }] }],
  ];
  it.each(harmless)('ignores %s', (_, spec) => {
    expect(found(spec)).toEqual([]);
  });

  it('ignores our own', () => {
    expect(found({ egress: [{}] }, 'enforce-egress-proxy')).toEqual([]);
  });

  it('finds in strict mode what leads to pods', () => {
    const egress = [{ to: [{ namespaceSelector: {} }, block('10.244.3.0/24')] }];
    expect(found({ egress }, 'theirs', true)).toEqual([
      { name: 'theirs', field: 'spec.egress[0].to[0]', opens: 'pods of the cluster' },
      { name: 'theirs', field: 'spec.egress[0].to[1].ipBlock', opens: '10.244.3.0/24' },
    ]);
    expect(found({ policyTypes: ['Egress'] }, 'theirs', true)).toEqual([]);
  });
});
