import { describe, expect, test } from 'vitest';
import { readClusterDomain } from './cluster-domain.ts';
import { type DiscoveryInput, discover } from './discover.ts';
import { readServiceRange } from './service-ranges.ts';

const nothing: DiscoveryInput = {
  given: { clusterDomain: undefined, podCIDRs: [], serviceCIDRs: [] },
  clusterDomain: undefined,
  nodes: [],
  serviceRanges: [],
  apiServerSlices: [],
  apiServerClusterIPs: [],
};
const slice = (addresses: string[], port: number) => ({ endpoints: [{ addresses }], ports: [{ port }] });

describe('discover', () => {
  test('pod ranges and addresses of all nodes', () => {
    const nodes = [
      { podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'], addresses: ['192.168.0.11'] },
      { podCIDRs: ['10.244.0.0/24', 'fd00::/64'], addresses: ['192.168.0.10'] },
    ];
    expect(discover({ ...nothing, nodes })).toMatchObject({
      podCIDRs: ['10.244.0.0/23', 'fd00::/64', 'fd00:1::/64'],
      nodeCIDRs: ['192.168.0.10/31'],
    });
  });

  test('what the operator gives replaces what is found', () => {
    const given = {
      clusterDomain: 'corp.internal',
      podCIDRs: ['10.0.0.0/8'],
      serviceCIDRs: ['172.20.0.0/16'],
    };
    const found = { clusterDomain: 'cluster.local', serviceRanges: ['10.96.0.0/12'] };
    expect(discover({ ...nothing, ...found, given })).toMatchObject({
      clusterDomain: 'corp.internal',
      podCIDRs: ['10.0.0.0/8'],
      serviceCIDRs: ['172.20.0.0/16'],
    });
  });

  test('the API server: each endpoint once, in an order of its own', () => {
    const apiServerSlices = [slice(['10.0.0.3', '10.0.0.2'], 6443), slice(['10.0.0.2'], 6443)];
    expect(discover({ ...nothing, apiServerSlices }).apiServer).toEqual([
      { address: '10.0.0.2', port: 6443 },
      { address: '10.0.0.3', port: 6443 },
    ]);
  });
});

describe('readClusterDomain', () => {
  test.each([
    ['nameserver 10.96.0.10\nsearch x.svc.cluster.local svc.cluster.local cluster.local\n', 'cluster.local'],
    ['search kube-egress-system.svc.corp.internal svc.Corp.internal. corp.internal', 'corp.internal'],
    ['search example.com\n', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(readClusterDomain(text)).toBe(expected);
  });
});

test("readServiceRange reads the API server's refusal", () => {
  const message =
    'Service "x" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12';
  expect(readServiceRange(message)).toEqual(['10.96.0.0/12']);
});
