import { describe, expect, it } from 'vitest';
import { annotation, type EgressProxy } from '../api/index.ts';
import { addClientDns, buildClientDns, dnsMode } from './client-dns.ts';

const proxyWith = (spec: EgressProxy['spec'], status: EgressProxy['status'] = {}): EgressProxy => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressProxy',
  metadata: { name: 'squid', namespace: 'egress-proxy' },
  spec,
  status,
});
const namespaceWith = (dns?: string) => ({
  metadata: { name: 'shop', annotations: dns === undefined ? {} : { [annotation.dns]: dns } },
});
const dns = {
  nameservers: ['10.96.0.53'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
};
const ndots = { name: 'ndots', value: '5' };

describe('dnsMode', () => {
  it.each([
    [undefined, undefined, 'Cluster'],
    ['Report', undefined, 'Report'],
    ['Cluster', 'cluster-only', 'ClusterOnly'],
    ['ClusterOnly', 'report', 'ClusterOnly'],
    ['Report', 'cluster-only', 'ClusterOnly'],
    // An unknown value is ignored: it opens nothing that the EgressProxy closes.
    ['ClusterOnly', 'off', 'ClusterOnly'],
    [undefined, 'toString', 'Cluster'],
  ] as const)('EgressProxy %s, annotation %s: %s', (byProxy, byNamespace, expected) => {
    const proxy = proxyWith(byProxy === undefined ? {} : { dns: byProxy });
    expect(dnsMode(proxy, namespaceWith(byNamespace))).toBe(expected);
  });
});

describe('buildClientDns', () => {
  it('has the search domains of the cluster', () => {
    const status = { dnsAddresses: ['10.96.0.53'], discovered: { clusterDomain: 'corp.example' } };
    expect(buildClientDns(proxyWith({ dns: 'Report' }, status), namespaceWith())).toEqual({
      nameservers: ['10.96.0.53'],
      searches: ['shop.svc.corp.example', 'svc.corp.example', 'corp.example'],
    });
  });

  it("leaves the cluster's DNS until the Service has an address", () => {
    expect(buildClientDns(proxyWith({ dns: 'ClusterOnly' }), namespaceWith())).toBeUndefined();
    expect(buildClientDns(proxyWith({}, { dnsAddresses: ['10.96.0.53'] }), namespaceWith())).toBeUndefined();
  });
});

describe('addClientDns', () => {
  it('keeps how the pod looks names up', () => {
    expect(addClientDns({}, dns)).toEqual({
      dnsPolicy: 'None',
      dnsConfig: { ...dns, options: [ndots] },
    });
    const own = { searches: ['corp.example', 'cluster.local'], options: [{ name: 'ndots', value: '2' }] };
    expect(addClientDns({ dnsPolicy: 'ClusterFirst', dnsConfig: own }, dns).dnsConfig).toEqual({
      nameservers: dns.nameservers,
      searches: [...dns.searches, 'corp.example'],
      options: own.options,
    });
    // The node's search domains are not known here; the pod's own nameserver is replaced.
    expect(addClientDns({ dnsPolicy: 'Default' }, dns).dnsConfig).toEqual({ nameservers: dns.nameservers });
    const none = { dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8'], searches: ['corp.example'] } };
    expect(addClientDns(none, dns)).toEqual({
      dnsPolicy: 'None',
      dnsConfig: { nameservers: dns.nameservers, searches: ['corp.example'] },
    });
  });

  it('changes nothing the second time', () => {
    const once = addClientDns({ containers: [] }, dns);
    expect(addClientDns(once, dns)).toBe(once);
    expect(addClientDns(once, undefined)).toBe(once);
  });

  it('stays within what the API server admits', () => {
    const searches = Array.from({ length: 32 }, (_, index) => `${index}.${'a'.repeat(60)}.example`);
    const { dnsConfig } = addClientDns({ dnsConfig: { searches } }, dns);
    expect(dnsConfig?.searches?.length).toBeLessThanOrEqual(32);
    expect(dnsConfig?.searches?.join(' ').length).toBeLessThanOrEqual(2048);
    expect(dnsConfig?.searches?.slice(0, 3)).toEqual(dns.searches);
  });
});
