import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  API_VERSION,
  type ClusterEgressRuleSet,
  type DirectTarget,
  type EgressProxySpec,
  type EgressRuleSet,
} from '../../api/index.ts';
import { directHosts, MOST_DESTINATIONS, planDirectTargets } from './plan-direct-targets.ts';

const proxy: EgressProxySpec = {
  directTargets: { policy: 'Allow', cidrs: ['198.0.0.0/8', '10.0.0.0/8', '8.0.0.0/8'], ports: [5432] },
};
const nat64: EgressProxySpec = {
  directTargets: { policy: 'Allow', cidrs: ['64:ff9b::/96'], ports: [5432] },
};
const ownNat64: EgressProxySpec = {
  directTargets: { policy: 'Allow', cidrs: ['2a00:db8:64::/96'], ports: [5432] },
  nat64Prefixes: ['2a00:db8:64::/96'],
};
const denied: ClusterEgressRuleSet = {
  apiVersion: API_VERSION,
  kind: 'ClusterEgressRuleSet',
  metadata: { name: 'guard-rail' },
  spec: { action: 'Deny', targets: ['8.8.8.0/24:5432'] },
};
const setOf = (...directTargets: DirectTarget[]): EgressRuleSet => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { name: 'db', namespace: 'my-app' },
  spec: { targets: [], directTargets },
});

function plan(target: DirectTarget, given: EgressProxySpec = proxy) {
  return planDirectTargets({
    set: setOf(target),
    proxy: given,
    clusterRuleSets: [denied],
    namespaceLabels: {},
    clusterCIDRs: ['8.7.0.0/16'],
    addresses: new Map([['db.example.com', ['8.1.2.3', '9.9.9.9', '10.1.2.3', '8.8.8.8', '8.7.0.1']]]),
  });
}

describe('planDirectTargets', () => {
  test.each<[string, DirectTarget, EgressProxySpec | undefined, string[]]>([
    ['a range within the ceiling', { cidr: '8.1.0.0/16', port: 5432 }, undefined, ['8.1.0.0/16']],
    ['a range outside of it', { cidr: '9.1.0.0/16', port: 5432 }, undefined, []],
    ['another port', { cidr: '8.1.0.0/16', port: 5433 }, undefined, []],
    ['a proxy that opens nothing', { cidr: '8.1.0.0/16', port: 5432 }, {}, []],
    ['a private range', { cidr: '10.1.0.0/16', port: 5432 }, undefined, []],
    [
      'a private range that the operator opens',
      { cidr: '10.1.0.0/16', port: 5432 },
      { ...proxy, privateCIDRs: ['10.0.0.0/8'] },
      ['10.1.0.0/16'],
    ],
    ['a range around a special one', { cidr: '198.0.0.0/8', port: 5432 }, undefined, []],
    ['a range of the cluster', { cidr: '8.7.1.0/24', port: 5432 }, undefined, []],
    ['a range that a cluster rule denies', { cidr: '8.8.0.0/16', port: 5432 }, undefined, []],
    [
      'only the addresses of a name that pass',
      { host: 'db.example.com', port: 5432 },
      undefined,
      ['8.1.2.3/32'],
    ],
    [
      'where a name leads to a private range, only with privateDestinations',
      { host: 'db.example.com', port: 5432 },
      { ...proxy, privateCIDRs: ['10.0.0.0/8'] },
      ['8.1.2.3/32'],
    ],
    [
      'and then all of it that the operator opens',
      { host: 'db.example.com', port: 5432 },
      { ...proxy, privateCIDRs: ['10.0.0.0/8'], privateDestinations: 'Allow' },
      ['8.1.2.3/32', '10.1.2.3/32'],
    ],
    [
      'NAT64 of a public address',
      { cidr: '64:ff9b::801:203/128', port: 5432 },
      nat64,
      ['64:ff9b::801:203/128'],
    ],
    ['NAT64 of a denied address', { cidr: '64:ff9b::808:808/128', port: 5432 }, nat64, []],
    ["NAT64 of one of the cluster's", { cidr: '64:ff9b::807:1/128', port: 5432 }, nat64, []],
    ['NAT64 of a private address', { cidr: '64:ff9b::a01:203/128', port: 5432 }, nat64, []],
    ['its own NAT64 of a private address', { cidr: '2a00:db8:64::a01:203/128', port: 5432 }, ownNat64, []],
    ['its own NAT64 of a denied address', { cidr: '2a00:db8:64::808:808/128', port: 5432 }, ownNat64, []],
    ['a range of its own NAT64', { cidr: '2a00:db8:64::/120', port: 5432 }, ownNat64, []],
    ['a name that does not resolve', { host: 'nowhere.example.com', port: 5432 }, undefined, []],
  ])('%s', (_, target, given, expected) => {
    const { destinations, leftOut } = plan(target, given);
    expect(destinations.map(({ cidr }) => cidr)).toEqual(expected);
    if (target.cidr !== undefined) expect(leftOut.length).toBe(1 - expected.length);
  });

  test('every address that stays closed is named with its reason', () => {
    const { leftOut } = plan({ host: 'db.example.com', port: 5432 });
    expect(leftOut.map(({ message }) => message.split(':')[1]).join()).toContain('5432/TCP (9.9.9.9/32)');
    expect(leftOut).toHaveLength(4);
  });

  test('a Deny whose selector is not valid denies to all', () => {
    const faulty: ClusterEgressRuleSet = {
      ...denied,
      spec: { ...denied.spec, namespaceSelector: { matchLabels: { team: 'not a label value!' } } },
    };
    const input = { proxy, namespaceLabels: {}, clusterCIDRs: [], addresses: new Map() };
    const set = setOf({ cidr: '8.8.8.0/24', port: 5432 });
    expect(planDirectTargets({ ...input, set, clusterRuleSets: [faulty] }).destinations).toEqual([]);
  });

  test('a name is looked up once, as it is sent to DNS', () => {
    const hosts = ['B\u00fccher.example.com', 'xn--bcher-kva.example.com', 'db.example.com.'];
    const set = setOf(...hosts.map((host) => ({ host, port: 5432 })));
    expect(directHosts(set)).toEqual(['xn--bcher-kva.example.com', 'db.example.com']);
  });

  test('a limited number of destinations', () => {
    const targets = Array.from({ length: 100 }, (_, index) => ({ host: `${index}.example.com`, port: 5432 }));
    const many = Array.from({ length: 30 }, (_, index) => `8.1.0.${index}`);
    const addresses = new Map(targets.map(({ host }) => [host, many]));
    const input = { proxy, clusterRuleSets: [], namespaceLabels: {}, clusterCIDRs: [], addresses };
    const { destinations, leftOut } = planDirectTargets({ ...input, set: setOf(...targets) });
    expect(destinations).toHaveLength(MOST_DESTINATIONS);
    expect(leftOut.map(({ reason }) => reason)).toEqual(['TooMany']);
  });

  test('open destinations are within the ceiling, whatever names resolve to', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const address = fc
      .tuple(fc.constantFrom(8, 9, 10, 127, 169), octet, octet, octet)
      .map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.array(address), (found) => {
        const input = { proxy, clusterRuleSets: [denied], namespaceLabels: {}, clusterCIDRs: ['8.7.0.0/16'] };
        const addresses = new Map([['db.example.com', found]]);
        const set = setOf({ host: 'db.example.com', port: 5432 });
        const { destinations, leftOut } = planDirectTargets({ ...input, set, addresses });
        for (const { cidr } of destinations) expect(cidr).toMatch(/^8\.(?!7\.|8\.8\.)/);
        expect(destinations.length + leftOut.length).toBe(found.length);
      }),
    );
  });

  test('a rule set that is not valid opens nothing', () => {
    const set = setOf({ cidr: '8.1.0.0/16', port: 5432 });
    set.spec.targets = ['https://x/'];
    const input = { proxy, clusterRuleSets: [], namespaceLabels: {}, clusterCIDRs: [], addresses: new Map() };
    expect(planDirectTargets({ ...input, set })).toEqual({ destinations: [], leftOut: [] });
  });
});
