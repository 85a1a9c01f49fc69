import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateEgressProxy } from './validate-proxy.ts';

type Shape = Record<string, unknown>;
const upstream = { name: 'corp', host: 'proxy.corp.example', port: 3128 };

function faultsOf(spec: unknown, metadata: Shape = { namespace: 'egress-proxy', name: 'squid' }): string[] {
  return validateEgressProxy({ metadata, spec }).faults.map(({ field, reason }) => `${field} ${reason}`);
}

/** Objects whose conversion to a text throws, too. */
const json = fc.oneof(
  fc.jsonValue(),
  fc.constant({ toString: 1, valueOf: 1 }),
  fc.array(fc.constant({ host: { toString: 1 }, name: { toString: 1 } })),
);

describe('validateEgressProxy', () => {
  it.each<[string, Shape]>([
    ['an empty spec', {}],
    ['replicas', { replicas: 3 }],
    ['autoscaling', { autoscaling: { minReplicas: 2, maxReplicas: 5 } }],
    [
      'upstreams',
      {
        upstreams: [
          { ...upstream, targets: ['*.corp.example:443', '*:80'] },
          { ...upstream, name: 'b', host: '10.0.0.1' },
          { ...upstream, name: 'c', host: '2001:db8::1' },
        ],
      },
    ],
    ['aliases', { aliases: ['proxy.example.com'], injectAlias: 'proxy.example.com' }],
    ['tcpTargets', { tcpTargets: ['ssh.example.com:443', '*.db.example.com:443'] }],
    ['dnsAllow', { dns: 'ClusterOnly', dnsAllow: ['ldap.corp.example', '*.corp.example'] }],
    [
      'noProxy',
      {
        noProxy: [
          'a.example.com',
          '.example.com',
          '*.example.com',
          '10.0.0.0/8',
          '192.0.2.1',
          '2001:db8::/32',
          '[2001:db8::1]',
          'intranet',
          'a.example.com:8080',
        ],
      },
    ],
    ['private destinations', { privateDestinations: 'Allow', privateCIDRs: ['10.0.0.0/8'] }],
    [
      'fields of features to come',
      { trustBundle: { configMapRef: { name: 'ca' } }, goAccess: { enabled: true } },
    ],
  ])('accepts %s', (_, spec) => {
    expect(faultsOf(spec)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['no spec', undefined, ['spec Required']],
    [
      'replicas beside autoscaling',
      { replicas: 2, autoscaling: { maxReplicas: 5 } },
      ['spec.replicas Conflict'],
    ],
    [
      'min above max',
      { autoscaling: { minReplicas: 5, maxReplicas: 3 } },
      ['spec.autoscaling.minReplicas OutOfRange'],
    ],
    [
      'max below the default min',
      { autoscaling: { maxReplicas: 1 } },
      ['spec.autoscaling.minReplicas OutOfRange'],
    ],
    ['no max', { autoscaling: {} }, ['spec.autoscaling.maxReplicas Required']],
    ['two upstreams of one name', { upstreams: [upstream, upstream] }, ['spec.upstreams[1].name Duplicate']],
    [
      'a bad upstream',
      { upstreams: [{ name: 'A b', host: '0x7f.1', targets: ['x'] }] },
      [
        'spec.upstreams[0].name NameInvalid',
        'spec.upstreams[0].host AddressSpelling',
        'spec.upstreams[0].port PortMissing',
        'spec.upstreams[0].targets[0] PortMissing',
      ],
    ],
    [
      'an upstream without anything',
      { upstreams: [{}, 7] },
      [
        'spec.upstreams[0].name Required',
        'spec.upstreams[0].host Required',
        'spec.upstreams[0].port PortMissing',
        'spec.upstreams[1] Unsupported',
      ],
    ],
    [
      'an upstream with its port in the host',
      { upstreams: [{ ...upstream, host: 'proxy:3128' }] },
      ['spec.upstreams[0].host AddressSpelling'],
    ],
    [
      'an upstream as URL',
      { upstreams: [{ ...upstream, host: 'http://proxy' }] },
      ['spec.upstreams[0].host AddressSpelling'],
    ],
    [
      'aliases',
      { aliases: ['proxy', '10.0.0.1', 'A.example.com', 'a..b'] },
      [
        'spec.aliases[0] NameInvalid',
        'spec.aliases[1] AddressSpelling',
        'spec.aliases[2] NameInvalid',
        'spec.aliases[3] EmptyLabel',
      ],
    ],
    [
      'injectAlias',
      { aliases: ['a.example.com'], injectAlias: 'b.example.com' },
      ['spec.injectAlias Conflict'],
    ],
    [
      'dnsAllow',
      { dnsAllow: ['*', 'a.*.example', '192.0.2.1', ''] },
      [
        'spec.dnsAllow[0] NameInvalid',
        'spec.dnsAllow[1] NameInvalid',
        'spec.dnsAllow[2] AddressSpelling',
        'spec.dnsAllow[3] Required',
      ],
    ],
    [
      'noProxy',
      { noProxy: ['*', '0.0.0.0/0', '', 'a,b', '10.0.0.1/8', 'a*b', '*.'] },
      [
        'spec.noProxy[0] WildcardMisplaced',
        'spec.noProxy[1] WildcardMisplaced',
        'spec.noProxy[2] Required',
        'spec.noProxy[3] Whitespace',
        'spec.noProxy[4] CidrHostBits',
        'spec.noProxy[5] NameInvalid',
        'spec.noProxy[6] WildcardMisplaced',
      ],
    ],
    [
      'exempt namespaces',
      { exemptNamespaces: ['kube-public', 'kube-*', 'A'] },
      ['spec.exemptNamespaces[1] NameInvalid', 'spec.exemptNamespaces[2] NameInvalid'],
    ],
    [
      'private ranges',
      { privateCIDRs: ['10.0.0.0', '10.0.0.1/8', '::ffff:10.0.0.0/104'] },
      ['spec.privateCIDRs[1] CidrHostBits', 'spec.privateCIDRs[2] AddressSpelling'],
    ],
    ['Allow without ranges', { privateDestinations: 'Allow' }, ['spec.privateCIDRs Required']],
    [
      'tcpTargets',
      { tcpTargets: ['ssh.example.com', 'a.example:443', 'a.example:443'] },
      ['spec.tcpTargets[0] PortMissing', 'spec.tcpTargets[2] Duplicate'],
    ],
    [
      'ports',
      { allowedPorts: [443, 0, '80'] },
      ['spec.allowedPorts[1] PortOutOfRange', 'spec.allowedPorts[2] PortOutOfRange'],
    ],
    [
      'the ceiling of direct targets',
      { directTargets: { cidrs: ['x'], ports: [70000] } },
      ['spec.directTargets.cidrs[0] CidrInvalid', 'spec.directTargets.ports[0] PortOutOfRange'],
    ],
  ])('reports %s', (_, spec, wanted) => {
    expect(faultsOf(spec)).toEqual(wanted);
  });

  it('takes for a NAT64 prefix only an IPv6 range of a length that RFC 6052 has', () => {
    const nat64Prefixes = ['2001:db8:64::/96', '10.0.0.0/32', '2001:db8::/33', 'x'];
    expect(faultsOf({ nat64Prefixes })).toHaveLength(3);
    expect(faultsOf({ nat64Prefixes: ['2001:db8:64::/96', '2001:db8::/32'] })).toEqual([]);
  });

  it('refuses a name that no namespace could refer to', () => {
    expect(faultsOf({}, { namespace: 'n'.repeat(32), name: 'p'.repeat(31) })).toEqual([
      'metadata.name NameTooLong',
    ]);
    expect(faultsOf({}, { namespace: 'n'.repeat(32), name: 'p'.repeat(30) })).toEqual([]);
    expect(faultsOf({}, { namespace: 'n', name: 'a.b' })).toEqual(['metadata.name NameInvalid']);
  });

  it('validates any JSON and never throws', () => {
    const fields = fc.constantFrom(
      'autoscaling',
      'upstreams',
      'aliases',
      'injectAlias',
      'noProxy',
      'exemptNamespaces',
      'privateCIDRs',
      'allowedPorts',
      'tcpTargets',
      'directTargets',
      'replicas',
      '__proto__',
    );
    const garbage = fc.oneof(json, fc.record({ metadata: json, spec: fc.dictionary(fields, json) }));
    fc.assert(
      fc.property(garbage, (value) => {
        expect(Array.isArray(validateEgressProxy(value).faults)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
