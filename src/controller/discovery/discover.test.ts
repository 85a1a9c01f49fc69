import { describe, expect, test } from 'vitest';
import { type DiscoveryInput, discover } from './discover.ts';
import { discoverDns } from './dns.ts';
import { readClusterDomain, readNameservers } from './resolv-conf.ts';
import { readServiceRange } from './service-ranges.ts';

const nothing: DiscoveryInput = {
  given: {},
  foundDomain: undefined,
  nodes: [],
  serviceRanges: [],
  serviceRangesFrom: 'ServiceCIDRs',
  apiServerSlices: [],
  apiServerClusterIPs: [],
  dnsService: undefined,
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

  test('the domain that the operator sets takes precedence over the one that is found', () => {
    const domains = { given: { clusterDomain: 'corp.internal' }, foundDomain: 'cluster.local' };
    expect(discover({ ...nothing, ...domains }).clusterDomain).toBe('corp.internal');
    expect(discover({ ...nothing, foundDomain: 'k8s.local' }).clusterDomain).toBe('k8s.local');
    expect(discover(nothing).clusterDomain).toBe('cluster.local');
  });

  test('the ranges that the operator sets replace those that are found, and the sources say so', () => {
    const nodes = [{ podCIDRs: ['10.244.1.0/24'], addresses: ['192.168.0.11'] }];
    const found = { nodes, serviceRanges: ['10.96.0.0/12'], foundDomain: 'k8s.local' };
    expect(discover({ ...nothing, ...found }).sources).toEqual({
      clusterDomain: 'ResolvConf',
      podCIDRs: 'Nodes',
      serviceCIDRs: 'ServiceCIDRs',
      nodeCIDRs: 'Nodes',
    });
    const given = { podCIDRs: ['192.168.0.0/16'], serviceCIDRs: ['10.43.0.0/16'], nodeCIDRs: [] };
    const service = { namespace: 'openshift-dns', name: 'dns-default' };
    expect(
      discover({ ...nothing, ...found, given, dnsService: { service, source: 'KnownName' } }),
    ).toMatchObject({
      podCIDRs: ['192.168.0.0/16'],
      serviceCIDRs: ['10.43.0.0/16'],
      nodeCIDRs: ['192.168.0.11/32'],
      dnsService: service,
      sources: { podCIDRs: 'Spec', serviceCIDRs: 'Spec', nodeCIDRs: 'Nodes', dnsService: 'KnownName' },
    });
  });

  test('the API server: each endpoint once, in a stable order', () => {
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

test('readNameservers reads every nameserver', () => {
  const text = 'search x\nnameserver 10.96.0.10\n nameserver\tfd00::a \nnameserver\n# nameserver 1.1.1.1\n';
  expect(readNameservers(text)).toEqual(['10.96.0.10', 'fd00::a']);
});

describe('discoverDns', () => {
  const ports = [
    { name: 'metrics', port: 9153, protocol: 'TCP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  const slices = [{ endpoints: [{ addresses: ['10.244.0.5'] }], ports }];
  const found = { namespace: 'kube-system', podSelector: { 'k8s-app': 'kube-dns' }, slices };

  test('the pods that the Service selects, on the ports that serve DNS', () => {
    expect(discoverDns({ ...found, nodeLocalConfig: undefined })).toEqual({
      services: [
        {
          namespace: 'kube-system',
          podSelector: { 'k8s-app': 'kube-dns' },
          ports: [
            { protocol: 'TCP', port: 53 },
            { protocol: 'UDP', port: 53 },
          ],
        },
      ],
      nodeLocal: [],
    });
  });

  test.each([
    ['OpenShift', ['dns', 'dns-tcp'], 5353],
    ['RKE2', ['udp-53', 'tcp-53'], 53],
  ])('%s: the ports of the pods, which may differ from 53', (_, [udp = '', tcp = ''], port) => {
    const named = [
      { name: udp, port, protocol: 'UDP' },
      { name: tcp, port, protocol: 'TCP' },
      { name: 'metrics', port: 9153, protocol: 'TCP' },
    ];
    const facts = discoverDns({
      ...found,
      slices: [{ endpoints: [{ addresses: ['10.244.0.5'] }], ports: named }],
      nodeLocalConfig: undefined,
    });
    expect(facts.services[0]?.ports).toEqual([
      { protocol: 'TCP', port },
      { protocol: 'UDP', port },
    ]);
  });

  test('without a selector, the addresses', () => {
    const [service] = discoverDns({ ...found, podSelector: undefined, nodeLocalConfig: undefined }).services;
    expect(service?.addresses).toEqual(['10.244.0.5']);
  });

  test('NodeLocal DNSCache: the addresses that it binds', () => {
    const nodeLocalConfig =
      'cluster.local:53 {\n  bind 169.254.20.10 10.96.0.10\n}\n.:53 {\n bind 169.254.20.10\n}';
    expect(discoverDns({ ...found, nodeLocalConfig }).nodeLocal).toEqual(['10.96.0.10', '169.254.20.10']);
  });

  test('without a DNS Service there is nothing to open', () => {
    expect(discoverDns({ ...found, slices: [], nodeLocalConfig: undefined }).services).toEqual([]);
  });
});

test('readServiceRange reads the error of the API server', () => {
  const message =
    'Service "x" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12';
  expect(readServiceRange(message)).toEqual(['10.96.0.0/12']);
});
