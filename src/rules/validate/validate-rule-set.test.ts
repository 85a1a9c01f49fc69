import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { clusterRuleSet, ruleSet } from '../decide/rule-set-index.fixture.ts';
import { renderFaults } from '../fault.ts';
import { validateClusterEgressRuleSet } from './validate-cluster-rule-set.ts';
import { validateEgressRuleSet } from './validate-rule-set.ts';
import { validateEgressTargetGroup } from './validate-target-group.ts';

type Shape = Record<string, unknown>;

function faultsOf(spec: unknown, context = {}): string[] {
  return validateEgressRuleSet({ spec }, context).faults.map(({ field, reason }) => `${field} ${reason}`);
}

function clusterFaultsOf(spec: unknown): string[] {
  return validateClusterEgressRuleSet({ spec }).faults.map(({ field, reason }) => `${field} ${reason}`);
}

const one = ['a.example.com:443'];

/** Objects whose conversion to a text throws, too. */
const json = fc.oneof(
  fc.jsonValue(),
  fc.constant({ toString: 1, valueOf: 1 }),
  fc.array(fc.constant({ host: { toString: 1 }, name: { toString: 1 } })),
);

describe('validateEgressRuleSet', () => {
  it('reads no target after the first 1,000', () => {
    const targets = Array.from({ length: 5000 }, (_, index) => `h${index}.example.com:443`);
    const read: string[] = [];
    const list = new Proxy(targets, {
      get(all, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) read.push(key);
        return Reflect.get(all, key, receiver);
      },
    });
    const { faults } = validateEgressRuleSet({ spec: { targets: list } });
    expect(faults).toEqual([expect.objectContaining({ field: 'spec.targets', reason: 'TooMany' })]);
    expect(faults[0]?.message).toContain('there are 5000 targets');
    expect(read.length).toBeLessThanOrEqual(1001);
  });

  it.each<[string, unknown, string[]]>([
    ['groups alone', { targetGroups: ['npm', 'docker.io'] }, []],
    ['no group', { targetGroups: [] }, ['spec.targets Required']],
    ['a target', { targetGroups: ['a.example.com:443'] }, ['spec.targetGroups[0] NameInvalid']],
    [
      'a name that no object can have',
      { targetGroups: ['-', 'NPM', '#', ''] },
      [0, 1, 2, 3].map((at) => `spec.targetGroups[${at}] NameInvalid`),
    ],
    ['a group twice', { targetGroups: ['npm', 'npm'] }, ['spec.targetGroups[1] Duplicate']],
    ['no list', { targets: one, targetGroups: 'npm' }, ['spec.targetGroups Unsupported']],
    ['no texts', { targetGroups: [7] }, ['spec.targetGroups[0] Unsupported']],
    [
      '101 groups',
      { targetGroups: Array.from({ length: 101 }, (_, index) => `g${index}`) },
      ['spec.targetGroups TooMany'],
    ],
  ])('reads target groups: %s', (_, spec, expected) => {
    expect([faultsOf(spec), clusterFaultsOf(spec)]).toEqual([expected, expected]);
  });

  it('finds no fault in a valid set', () => {
    const set = ruleSet('my-app', ['a.example.com:443', '*.example.org:80'], {
      podSelector: { matchLabels: { app: 'api' } },
    });
    expect(validateEgressRuleSet(set)).toEqual({ faults: [], warnings: [] });
  });

  it('reports all faults, each with its suggestion', () => {
    const set = ruleSet('my-app', [
      'https://api.example.com',
      'api.example.com',
      'Good.example.com:443',
      'good.example.com.:443',
    ]);
    expect(renderFaults(validateEgressRuleSet(set).faults)).toBe(
      [
        '3 faults:',
        '  spec.targets[0]: "https://" is a scheme; a target is host:port only: write api.example.com:443 (Scheme)',
        '  spec.targets[1]: the port is missing: write api.example.com:443 (PortMissing)',
        '  spec.targets[3]: good.example.com:443 is already in spec.targets[2] (Duplicate)',
      ].join('\n'),
    );
  });

  it.each<[string, unknown, string[]]>([
    ['no spec', undefined, ['spec Required']],
    ['a spec that is a list', [], ['spec Unsupported']],
    ['no targets', {}, ['spec.targets Required']],
    ['empty targets', { targets: [] }, ['spec.targets Required']],
    ['targets that are a text', { targets: 'a:1' }, ['spec.targets Unsupported']],
    ['a target that is a number', { targets: [443] }, ['spec.targets[0] Unsupported']],
    [
      'too many',
      { targets: Array.from({ length: 1001 }, (_, index) => `a${index}.example.com:443`) },
      ['spec.targets TooMany'],
    ],
    [
      'a selector of 33 requirements',
      { targets: one, podSelector: { matchExpressions: Array(33).fill({ key: 'a', operator: 'Exists' }) } },
      ['spec.podSelector TooMany'],
    ],
    [
      'a selector of 1,001 values in two expressions',
      {
        targets: one,
        podSelector: {
          matchExpressions: [
            { key: 'a', operator: 'In', values: Array(1000).fill('x') },
            { key: 'b', operator: 'NotIn', values: ['x'] },
          ],
        },
      },
      ['spec.podSelector TooMany'],
    ],
    ['a selector that is a text', { targets: one, podSelector: 'app=api' }, ['spec.podSelector Unsupported']],
    [
      'a bad label',
      { targets: one, podSelector: { matchLabels: { 'a/b/c': 'x', app: '-' } } },
      [
        'spec.podSelector.matchLabels[a/b/c] SelectorInvalid',
        'spec.podSelector.matchLabels[app] SelectorInvalid',
      ],
    ],
    [
      'a bad expression',
      {
        targets: one,
        podSelector: {
          matchExpressions: [{ key: 'app', operator: 'In' }, { key: 'app', operator: 'Is' }, 7],
        },
      },
      [
        'spec.podSelector.matchExpressions[0].values SelectorInvalid',
        'spec.podSelector.matchExpressions[1].operator SelectorInvalid',
        'spec.podSelector.matchExpressions[2].key Required',
        'spec.podSelector.matchExpressions[2].operator SelectorInvalid',
      ],
    ],
    [
      'values where none belong',
      {
        targets: one,
        podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['x'] }] },
      },
      ['spec.podSelector.matchExpressions[0].values SelectorInvalid'],
    ],
  ])('reports %s', (_, spec, wanted) => {
    expect(faultsOf(spec)).toEqual(wanted);
  });

  it('accepts *:port with a warning, unless a proxy forbids it', () => {
    const set = ruleSet('my-app', ['*:80', '0.0.0.0/0:80']);
    expect(validateEgressRuleSet(set)).toMatchObject({
      faults: [],
      warnings: [expect.stringContaining('"*:80"'), expect.stringContaining('"0.0.0.0/0:80"')],
    });
    const proxies: EgressProxySpec[] = [{}, { wildcardTargets: 'Deny' }];
    expect(faultsOf(set.spec, { proxies })).toEqual([
      'spec.targets[0] WildcardTargetDenied',
      'spec.targets[1] WildcardTargetDenied',
    ]);
  });

  const corp = { name: 'corp', host: 'p.example', port: 3128 };
  it.each<[string, string, EgressProxySpec, number]>([
    ['an address that the proxy does not open', '10.0.0.1:443', {}, 1],
    ['one that it does', '10.0.0.1:443', { privateCIDRs: ['10.0.0.0/8'] }, 0],
    ['a port beyond the ceiling', 'a.example.com:22', { allowedPorts: [443] }, 1],
    ['a top-level domain', '*.com:443', {}, 1],
    ['a public suffix', '*.co.uk:443', {}, 1],
    ['a public suffix with its own name', '.github.io:443', {}, 1],
    ['a public suffix of a company', '*.blob.core.windows.net:443', {}, 1],
    ['a domain above public suffixes', '*.core.windows.net:443', {}, 1],
    ['a domain whose customers get names', '*.sharepoint.com:443', {}, 1],
    ['a region of one', '*.s3.eu-central-1.amazonaws.com:443', {}, 1],
    ['a domain of one owner', '*.example.co.uk:443', {}, 0],
    ['a domain of a private network', '*.corp.intranet:443', {}, 0],
    ['a pattern among names of customers', '*-files.sharepoint.com:443', {}, 1],
    ['one in the middle of a name', '*.dkr.ecr.*.amazonaws.com:443', {}, 1],
    ['one below a private public suffix', 'productionresultssa*.blob.core.windows.net:443', {}, 1],
    ['one below a top-level domain', 'api-*.com:443', {}, 1],
    ['one of one owner', '*-api.example.co.uk:443', {}, 0],
    ['one of Services', 'web-*.other.svc:80', {}, 1],
    ['one name of a customer', 'acme.sharepoint.com:443', {}, 0],
    ['a name without a dot', 'catalog:8080', {}, 1],
    ['a name without a dot that a parent may resolve', 'intranet:80', { upstreams: [corp] }, 0],
    ['loopback', 'localhost:8080', {}, 1],
    ['a Service', 'web.other.svc:80', {}, 1],
    ['a Service by its whole name', 'web.other.svc.cluster.local:80', {}, 1],
    ['all Services', '*.svc.cluster.local:80', {}, 1],
    ['a Service of a namespace', 'web.other:80', {}, 1],
    ['a public name of two labels', 'example.com:80', {}, 0],
  ])('warns about %s', (_, target, proxy, count) => {
    const cluster = { hasNamespace: (name: string) => name === 'other', clusterDomain: undefined };
    const validation = validateEgressRuleSet(ruleSet('my-app', [target]), { proxies: [proxy], cluster });
    expect(validation).toMatchObject({ faults: [], warnings: { length: count } });
    for (const warning of validation.warnings) expect(warning.length).toBeLessThanOrEqual(256);
  });

  it('says whose names a wildcard reaches', () => {
    expect(validateEgressRuleSet(ruleSet('my-app', ['*.eu.sharepoint.com:443'])).warnings).toEqual([
      'spec.targets[0]: "*.eu.sharepoint.com:443" reaches names of strangers: anyone can get one below sharepoint.com; name the hosts if you can',
    ]);
  });

  describe('directTargets', () => {
    const open: EgressProxySpec = {
      directTargets: { policy: 'Allow', cidrs: ['203.0.113.0/24'], ports: [5432] },
      upstreams: [{ name: 'corp', host: 'p.example', port: 3128, targets: ['*.corp.example:5432'] }],
    };
    const deny = clusterRuleSet(['.evil.example:5432', 'db-*.*.example.net:5432', '203.0.113.64/26:5432'], {
      action: 'Deny',
    });
    it.each<[string, Shape, string[]]>([
      ['a host', { host: 'db.example.com', port: 5432 }, []],
      ['a range', { cidr: '203.0.113.0/28', port: 5432, protocol: 'UDP' }, []],
      ['neither', { port: 5432 }, ['.host Required']],
      ['both', { host: 'db.example.com', cidr: '203.0.113.0/28', port: 5432 }, ['.host Required']],
      ['an address as host', { host: '203.0.113.1', port: 5432 }, ['.host AddressSpelling']],
      ['a pattern', { host: '*.example.com', port: 5432 }, ['.host NameInvalid']],
      ['host bits', { cidr: '203.0.113.1/24', port: 5432 }, ['.cidr CidrHostBits']],
      ['no port', { host: 'db.example.com' }, ['.port PortMissing']],
      ['a port that is a text', { host: 'db.example.com', port: '5432' }, ['.port PortOutOfRange']],
      [
        'another protocol',
        { host: 'db.example.com', port: 5432, protocol: 'SCTP' },
        ['.protocol Unsupported'],
      ],
      ['a port outside', { host: 'db.example.com', port: 5433 }, [' OutsideCeiling']],
      ['a range outside', { cidr: '198.51.100.0/24', port: 5432 }, [' OutsideCeiling']],
      ["an upstream's", { host: 'a.corp.example', port: 5432 }, [' Conflict']],
      ['a denied host', { host: 'evil.example', port: 5432 }, [' Conflict']],
      ['a host that a denied pattern matches', { host: 'db-1.eu.example.net', port: 5432 }, [' Conflict']],
      ['a range that a Deny touches', { cidr: '203.0.113.0/24', port: 5432 }, [' Conflict']],
    ])('%s', (_, target, wanted) => {
      const spec = { targets: one, directTargets: [target] };
      expect(faultsOf(spec, { proxies: [open], clusterRuleSets: [deny] })).toEqual(
        wanted.map((end) => `spec.directTargets[0]${end}`),
      );
    });

    it('are denied unless the operator allows them, and suffice as a set of their own', () => {
      const spec = { directTargets: [{ host: 'db.example.com', port: 5432 }] };
      expect(faultsOf(spec, { proxies: [{}] })).toEqual(['spec.directTargets[0] DirectTargetsDenied']);
      expect(faultsOf(spec, { proxies: [open] })).toEqual([]);
    });
  });
});

describe('validateClusterEgressRuleSet', () => {
  it.each<[string, unknown, string[]]>([
    ['a good one', { targets: one, action: 'Deny', namespaceSelector: { matchLabels: { team: 'x' } } }, []],
    ['another action', { targets: one, action: 'Permit' }, ['spec.action Unsupported']],
    ['host bits', { targets: one, clientCIDRs: ['10.0.0.1/8'] }, ['spec.clientCIDRs[0] CidrHostBits']],
    ['an empty list of clients', { targets: one, clientCIDRs: [] }, ['spec.clientCIDRs Required']],
    ['a bad selector', { targets: one, namespaceSelector: 7 }, ['spec.namespaceSelector Unsupported']],
    ['nothing', null, ['spec Required']],
  ])('%s', (_, spec, wanted) => {
    expect(clusterFaultsOf(spec)).toEqual(wanted);
  });
});

describe('any JSON', () => {
  const garbage = fc.oneof(
    json,
    fc.record({
      spec: fc.dictionary(
        fc.constantFrom(
          'targets',
          'targetGroups',
          'description',
          'sources',
          'podSelector',
          'directTargets',
          'namespaceSelector',
          'clientCIDRs',
          'action',
          '__proto__',
        ),
        json,
      ),
    }),
  );
  it('is validated and never throws', () => {
    fc.assert(
      fc.property(garbage, (value) => {
        expect(renderFaults(validateEgressRuleSet(value, { proxies: [{}] }).faults)).toContain('fault');
        validateClusterEgressRuleSet(value);
        expect(renderFaults(validateEgressTargetGroup(value).faults)).toContain('fault');
      }),
      { numRuns: 1000 },
    );
  });
});
