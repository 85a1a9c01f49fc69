import { describe, expect, test } from 'vitest';
import { validateClusterSettings } from './validate-cluster-settings.ts';

function faultsOf(cluster: unknown): string[] {
  return validateClusterSettings({ cluster }).map(({ field, reason }) => `${field} ${reason}`);
}

describe('validateClusterSettings', () => {
  test('accepts the facts of a cluster', () => {
    expect(
      faultsOf({
        podCIDRs: ['192.168.0.0/16', 'fd00:10:244::/56'],
        serviceCIDRs: ['10.43.0.0/16'],
        nodeCIDRs: ['10.0.0.0/8'],
        dnsService: { namespace: 'openshift-dns', name: 'dns-default' },
        clusterDomain: 'corp.internal',
      }),
    ).toEqual([]);
    expect(validateClusterSettings({})).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['everything as pods', { podCIDRs: ['0.0.0.0/0'] }, 'spec.cluster.podCIDRs OutOfRange'],
    ['half of IPv6', { podCIDRs: ['8000::/1'] }, 'spec.cluster.podCIDRs OutOfRange'],
    ['no range', { serviceCIDRs: ['10.96.0.0/33'] }, 'spec.cluster.serviceCIDRs[0] CidrInvalid'],
    ['host bits', { nodeCIDRs: ['10.0.0.1/8'] }, 'spec.cluster.nodeCIDRs[0] CidrHostBits'],
    [
      'a path',
      { dnsService: { namespace: 'a/../b', name: 'dns' } },
      'spec.cluster.dnsService.namespace NameInvalid',
    ],
    ['no name', { dnsService: { namespace: 'a' } }, 'spec.cluster.dnsService.name NameInvalid'],
    ['an address', { clusterDomain: '10.0.0.1' }, 'spec.cluster.clusterDomain NameInvalid'],
    ['a dot at the end', { clusterDomain: 'cluster.local.' }, 'spec.cluster.clusterDomain NameInvalid'],
    ['a list', [], 'spec.cluster Unsupported'],
  ])('refuses %s', (_, cluster, expected) => {
    expect(faultsOf(cluster)).toEqual([expected]);
  });
});
