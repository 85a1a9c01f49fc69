import { describe, expect, it } from 'vitest';
import type { EgressRuleSet } from '../../api/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import type { FoundClient } from '../identity/index.ts';
import { outsideNames } from './outside-names.ts';

const pod = (isRedirected = false) =>
  ({ kind: 'pod', pod: isRedirected ? { isRedirected } : {} }) as unknown as FoundClient;
const served = (dns: 'Cluster' | 'Report' | 'ClusterOnly') =>
  ({ kind: 'served', dns }) as unknown as ServedNamespace;
const ruleSets = [
  {
    spec: {
      targets: [],
      directTargets: [
        { host: 'DB.example.com', port: 5432 },
        { cidr: '192.0.2.0/24', port: 1 },
      ],
    },
  },
] as unknown as EgressRuleSet[];
const spec = { dnsAllow: ['*.Corp.example'], directTargets: { policy: 'Allow' as const } };

describe('outsideNames', () => {
  it.each([
    ['Cluster', { answer: 'forward', report: false }],
    ['Report', { answer: 'forward', report: true }],
    ['ClusterOnly', { answer: 'refuse', report: true }],
  ] as const)('of a pod with dns: %s', (dns, expected) => {
    expect(outsideNames({ found: pod(), served: served(dns), spec, ruleSets })).toMatchObject(expected);
  });

  it('redirects a pod of transparent mode, and asks for none of its names', () => {
    const found = pod(true);
    expect(outsideNames({ found, served: served('ClusterOnly'), spec, ruleSets })).toMatchObject({
      answer: 'redirect',
      report: false,
    });
  });

  it('resolves what the operator allows, and hosts of direct targets where these are allowed', () => {
    const closed = { found: pod(), served: served('ClusterOnly'), ruleSets };
    expect(outsideNames({ ...closed, spec }).resolved).toEqual(['*.corp.example', 'db.example.com']);
    expect(outsideNames({ ...closed, spec: { dnsAllow: spec.dnsAllow } }).resolved).toEqual([
      '*.corp.example',
    ]);
  });

  it.each([
    { kind: 'unknown' },
    { kind: 'tooMany' },
    { kind: 'notServed' },
    { kind: 'range' },
  ] as unknown as FoundClient[])('gives a client that is no pod of ours nothing: $kind', (found) => {
    expect(outsideNames({ found, served: undefined, spec, ruleSets })).toEqual({
      answer: 'refuse',
      report: true,
      resolved: [],
    });
  });
});
