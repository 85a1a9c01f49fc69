import { describe, expect, it } from 'vitest';
import { API_VERSION, annotation, label, MANAGER } from '../../api/index.ts';
import { trimPolicy, trimRuleSetWithStatus, trimService } from './trim-objects.ts';

const large = { large: 'x'.repeat(250_000) };
const ours = { manager: 'kube-egress-rule-sets', operation: 'Apply' as const };
const foreign = { manager: 'kubectl', operation: 'Apply' as const };

describe('trimRuleSetWithStatus', () => {
  it('keeps spec, status and the fields that we own, and drops what else a tenant may fill', () => {
    const identity = {
      name: 'rules',
      namespace: 'my-app',
      uid: 'u1',
      generation: 3,
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-02T00:00:00Z',
    };
    const rest = {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet' as const,
      spec: { targets: ['a.example.com:443'] },
      status: { conditions: [] },
    };
    const metadata = { ...identity, labels: large, annotations: large, managedFields: [ours, foreign] };
    expect(trimRuleSetWithStatus({ ...rest, metadata })).toEqual({
      ...rest,
      metadata: { ...identity, managedFields: [ours] },
      suffixes: ['com'],
      targetGroups: [],
    });
  });
});

describe('trimService', () => {
  const service = (selector: Record<string, string>) => ({
    metadata: { name: 'dns', namespace: 'kube-system' },
    spec: { clusterIPs: ['10.96.0.10'], selector },
  });

  it('keeps no selector of a Service that a tenant has filled', () => {
    const filled = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key-${index}`, 'v']));
    expect(trimService(service(filled) as never).selector).toBeUndefined();
    expect(trimService(service({ 'k8s-app': 'kube-dns' }) as never).selector).toEqual({
      'k8s-app': 'kube-dns',
    });
  });
});

describe('trimPolicy', () => {
  const policy = (labels: Record<string, string>) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: 'p',
      namespace: 'my-app',
      labels,
      annotations: { ...large, [annotation.adopt]: 'true' },
      managedFields: [ours, foreign],
    },
    spec: { podSelector: {} },
  });

  it('keeps of a foreign one what it opens, and whether we may take it over', () => {
    expect(trimPolicy(policy(large))).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name: 'p',
        namespace: 'my-app',
        annotations: { [annotation.adopt]: 'true' },
        managedFields: [ours],
      },
      spec: { podSelector: {} },
    });
  });

  it('keeps one of ours whole, so that it can be compared with what is desired', () => {
    const own = policy({ [label.managedBy]: MANAGER });
    expect(trimPolicy(own)).toEqual({ ...own, metadata: { ...own.metadata, managedFields: [ours] } });
  });
});
