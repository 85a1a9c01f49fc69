import { describe, expect, it } from 'vitest';
import { type InClusterName, inClusterName } from './in-cluster-name.ts';

describe('inClusterName', () => {
  const cluster = {
    hasNamespace: (name: string) => name === 'other' || name === 'default',
    clusterDomain: 'corp.internal',
  };
  const namespace = 'other';
  it.each<[string, InClusterName | undefined]>([
    ['catalog', { kind: 'bare' }],
    ['web.other', { kind: 'namespace', namespace }],
    ['web-0.web.other', { kind: 'namespace', namespace }],
    ['a.web-0.web.other', undefined],
    ['store-0.stores', { kind: 'service-pod', service: 'stores' }],
    ['web.org', undefined],
    ['web.co.uk', undefined],
    ['a.b.unknown', undefined],
    ['other', { kind: 'bare' }],
    ['kubernetes.default.svc', { kind: 'service' }],
    ['web.other.svc.cluster.local', { kind: 'service' }],
    ['web.other.svc.corp.internal', { kind: 'service' }],
    ['10-0-0-1.other.pod.cluster.local', { kind: 'service' }],
    ['api.example.com', undefined],
    ['web.notcluster.local', undefined],
    ['localhost', undefined],
  ])('%s: %o', (name, expected) => {
    expect(inClusterName(name, cluster)).toEqual(expected);
  });
});
