import { describe, expect, test } from 'vitest';
import { readableRanges } from '../../rules/index.ts';
import { checkFacts, type FactsInput } from './check-facts.ts';

const sound: FactsInput = {
  discovered: {
    podCIDRs: ['10.244.0.0/16', 'fd00:10:244::/56'],
    serviceCIDRs: ['10.96.0.0/12'],
    nodeCIDRs: ['192.168.0.10/31'],
    dnsService: { namespace: 'kube-system', name: 'kube-dns' },
  },
  podNetworks: readableRanges(['10.244.3.0/24', 'fd00:10:244:3::/64']),
  dnsIsOpen: true,
  clusterIPs: ['10.96.0.1', '10.96.0.10'],
};
const changed = (discovered: FactsInput['discovered']) => ({
  ...sound,
  discovered: { ...sound.discovered, ...discovered },
});

describe('checkFacts', () => {
  test('finds nothing in a cluster whose facts agree', () => {
    expect(checkFacts(sound)).toEqual([]);
  });

  test.each<[string, FactsInput, string, string]>([
    [
      'no DNS Service',
      { ...sound, dnsIsOpen: false, discovered: { ...sound.discovered, dnsService: undefined as never } },
      'DnsServiceNotFound',
      'no Service of the cluster DNS was found',
    ],
    [
      'a DNS Service without endpoints',
      { ...sound, dnsIsOpen: false },
      'DnsServiceNotFound',
      'the DNS Service kube-system/kube-dns does not exist or has no endpoints',
    ],
    [
      'pods elsewhere (Calico IPAM)',
      { ...sound, podNetworks: readableRanges(['10.244.3.0/24', '192.168.77.0/24']) },
      'PodRangeContradicted',
      'outside of the pod ranges 10.244.0.0/16, fd00:10:244::/56: 192.168.77.0/24;',
    ],
    [
      'pods in the subnet of the nodes (Azure CNI)',
      { ...sound, podNetworks: readableRanges(['192.168.0.0/24']) },
      'PodRangeContradicted',
      '192.168.0.0/24',
    ],
    [
      'nodes without podCIDRs',
      changed({ podCIDRs: [] }),
      'PodRangeUnknown',
      'spec.cluster.podCIDRs: [RANGE, ...]',
    ],
    [
      'no Service range',
      changed({ serviceCIDRs: [] }),
      'ServiceRangeUnknown',
      'spec.cluster.serviceCIDRs: [RANGE, ...]',
    ],
    [
      'a second family that the API server does not name',
      { ...sound, clusterIPs: ['10.96.0.1', 'fd00:10:96::1'] },
      'ServiceRangeContradicted',
      'fd00:10:96::1/128',
    ],
  ])('%s', (_, input, reason, text) => {
    const problems = checkFacts(input);
    expect(problems.map((problem) => problem.reason)).toEqual([reason]);
    expect(problems[0]?.message).toContain(text);
    expect(problems[0]?.message).toMatch(/set spec\.cluster\.\w+: .* in the default EgressProxy$/);
  });

  test('before the first pod, unknown pod ranges are no problem', () => {
    expect(checkFacts({ ...changed({ podCIDRs: [] }), podNetworks: [] })).toEqual([]);
  });

  test('names all problems, DNS first, and a few of many networks', () => {
    const many = Array.from({ length: 40 }, (_, index) => `172.16.${index}.0/24`);
    const problems = checkFacts({
      ...sound,
      dnsIsOpen: false,
      podNetworks: readableRanges(many),
      clusterIPs: ['10.0.0.1'],
    });
    expect(problems.map(({ reason }) => reason)).toEqual([
      'DnsServiceNotFound',
      'PodRangeContradicted',
      'ServiceRangeContradicted',
    ]);
    expect(problems[1]?.message).toContain('and 35 more');
  });
});
