import { describe, expect, test } from 'vitest';
import {
  API_VERSION,
  type ClusterEgressRuleSet,
  type DirectTarget,
  type EgressProxySpec,
  type EgressRuleSet,
} from '../../api/index.ts';
import { planDirectTargets } from './direct-targets.ts';

const proxy: EgressProxySpec = {
  directTargets: { policy: 'Allow', cidrs: ['198.0.0.0/8', '10.0.0.0/8', '8.0.0.0/8'], ports: [5432] },
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
    ['a range in the ceiling', { cidr: '8.1.0.0/16', port: 5432 }, undefined, ['8.1.0.0/16']],
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
      'of the addresses of a name those that pass',
      { host: 'db.example.com', port: 5432 },
      undefined,
      ['8.1.2.3/32'],
    ],
    ['a name that does not resolve', { host: 'nowhere.example.com', port: 5432 }, undefined, []],
  ])('%s', (_, target, given, expected) => {
    const { destinations, leftOut } = plan(target, given);
    expect(destinations.map(({ cidr }) => cidr)).toEqual(expected);
    if (target.cidr !== undefined) expect(leftOut.length).toBe(1 - expected.length);
  });

  test('every address that stays closed is named with its reason', () => {
    const { leftOut } = plan({ host: 'db.example.com', port: 5432 });
    expect(leftOut.map(({ message }) => message.split(':')[1]).join()).toContain('5432/TCP is 9.9.9.9/32');
    expect(leftOut).toHaveLength(4);
  });

  test('a set that does not parse opens nothing', () => {
    const set = setOf({ cidr: '8.1.0.0/16', port: 5432 });
    set.spec.targets = ['https://x/'];
    const input = { proxy, clusterRuleSets: [], namespaceLabels: {}, clusterCIDRs: [], addresses: new Map() };
    expect(planDirectTargets({ ...input, set })).toEqual({ destinations: [], leftOut: [] });
  });
});
