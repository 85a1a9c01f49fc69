import { describe, expect, test } from 'vitest';
import { type DnsServiceHints, findDnsService, mayBeDnsService, type ServiceView } from './dns-service.ts';

function service(key: string, clusterIPs: string[], selector: Record<string, string> = {}): ServiceView {
  const [namespace = '', name = ''] = key.split('/');
  return { metadata: { namespace, name }, clusterIPs, selector };
}

const coredns = { 'k8s-app': 'kube-dns' };
const kubeadm = service('kube-system/kube-dns', ['10.96.0.10'], coredns);
const rke2 = service('kube-system/rke2-coredns-rke2-coredns', ['10.43.0.10'], coredns);
const openshift = service('openshift-dns/dns-default', ['172.30.0.10']);
const ownName = service('dns/resolver', ['10.0.0.10', 'fd00::a']);
const helm = service('kube-system/my-coredns', ['10.0.0.20'], coredns);
const tenants = service('team/kube-dns', ['10.0.0.30'], coredns);

function find(services: ServiceView[], hints: Partial<DnsServiceHints> = {}) {
  const found = findDnsService(services, { given: undefined, nameservers: [], ...hints });
  return found && `${found.service.namespace}/${found.service.name} ${found.source}`;
}

describe('findDnsService', () => {
  test.each<[string, string | undefined, ServiceView[], Partial<DnsServiceHints>]>([
    ['kubeadm', 'kube-system/kube-dns KnownName', [tenants, kubeadm], {}],
    ['RKE2', 'kube-system/rke2-coredns-rke2-coredns KnownName', [tenants, rke2], {}],
    ['OpenShift', 'openshift-dns/dns-default KnownName', [tenants, openshift], {}],
    ['by label in kube-system', 'kube-system/my-coredns Label', [tenants, helm], {}],
    ['by its address', 'dns/resolver ResolvConf', [kubeadm, ownName], { nameservers: ['10.0.0.10'] }],
    ['by IPv6', 'dns/resolver ResolvConf', [kubeadm, ownName], { nameservers: ['FD00:0::000a'] }],
    ['NodeLocal DNSCache', 'kube-system/kube-dns KnownName', [kubeadm], { nameservers: ['169.254.20.10'] }],
    [
      'as the operator says',
      'a/b Spec',
      [kubeadm],
      { given: { namespace: 'a', name: 'b' }, nameservers: ['10.96.0.10'] },
    ],
    ['never by a label that a tenant set', undefined, [tenants], {}],
    ['nothing', undefined, [], { nameservers: ['10.0.0.10'] }],
  ])('%s: %s', (_, expected, services, hints) => {
    expect(find(services, hints)).toBe(expected);
    expect(find([...services].reverse(), hints)).toBe(expected);
  });
});

describe('mayBeDnsService', () => {
  const hints = { given: undefined, nameservers: ['10.0.0.10'] };
  test.each([kubeadm, rke2, openshift, ownName, helm])('a change of $metadata counts', (service) => {
    expect(mayBeDnsService(service, hints)).toBe(true);
  });

  test('a change of any other Service does not', () => {
    expect(mayBeDnsService(tenants, hints)).toBe(false);
    expect(mayBeDnsService(kubeadm, { ...hints, given: { namespace: 'dns', name: 'resolver' } })).toBe(false);
    expect(mayBeDnsService(ownName, { ...hints, given: { namespace: 'dns', name: 'resolver' } })).toBe(true);
  });
});
