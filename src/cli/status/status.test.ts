import { describe, expect, it } from 'vitest';
import type { Condition } from '../../api/index.ts';
import type { Deployment, MutatingWebhookConfiguration } from '../../kube/index.ts';
import { createAuthority } from '../../tls/index.ts';
import { deploymentProblems, leftBehindProblems, problemsOf, webhookProblems } from './index.ts';

const condition = (type: string, status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: `${reason}!`,
  lastTransitionTime: '2026-11-28T12:00:00Z',
});
const activity = (...conditions: Condition[]) => ({
  apiVersion: 'zalando.org/v1',
  kind: 'EgressActivity',
  metadata: { namespace: 'my-app', name: 'observed' },
  status: { conditions },
});

describe('problemsOf', () => {
  it.each<[string, Condition, boolean]>([
    ['a True condition', condition('Injected', 'True', 'Injected'), false],
    ['a False condition', condition('Injected', 'False', 'PodsNotInjected'), true],
    ['an Unknown condition', condition('Enforced', 'Unknown', 'ProbeInconclusive'), true],
    ['a part that is not in effect', condition('Accepted', 'True', 'TargetGroupNotFound'), true],
    ['observe mode', condition('Enforced', 'False', 'ObserveMode'), false],
    ['an exception', condition('Expired', 'False', 'ExpiresLater'), false],
    ['an exception that has ended', condition('Expired', 'True', 'Expired'), false],
    ['its other conditions', condition('Programmed', 'False', 'Expired'), false],
    ['a condition that is bad when True', condition('PodsOnOldProxy', 'True', 'PodsOnOldProxy'), true],
    ['its absence', condition('WideningPolicyPresent', 'False', 'NoWideningPolicy'), false],
  ])('%s', (_, each, isProblem) => {
    expect(problemsOf(activity(each)).length).toBe(isProblem ? 1 : 0);
  });

  it('names object, message and guide, and leaves out a Ready that repeats another condition', () => {
    const both = activity(
      condition('Programmed', 'False', 'Pending'),
      condition('Ready', 'False', 'Pending'),
    );
    expect(problemsOf(both)).toEqual([
      {
        object: 'EgressActivity my-app/observed',
        type: 'Programmed',
        reason: 'Pending',
        message: 'Pending!',
        guide: 'docs/guide/troubleshooting.md#programmed-is-false',
      },
    ]);
    expect(problemsOf(activity(condition('Ready', 'False', 'NotReady')))).toHaveLength(1);
  });
});

describe('webhookProblems', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  const withBundle = (pem: string): MutatingWebhookConfiguration => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'kube-egress-pods' },
    webhooks: [
      {
        name: 'pods.zalando.org',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { caBundle: Buffer.from(pem).toString('base64') },
      },
    ],
  });
  const reasons = (...input: Parameters<typeof webhookProblems>) =>
    webhookProblems(...input).map(({ reason }) => reason);

  it('reports a missing registration, a missing and an expiring authority', async () => {
    const { cert } = await createAuthority({ now });
    const year = 365 * 24 * 60 * 60 * 1000;
    expect(reasons(undefined, now)).toEqual(['NotInstalled']);
    expect(reasons(withBundle(''), now)).toEqual(['NoCertificate']);
    expect(reasons(withBundle('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----'), now)).toEqual([
      'NoCertificate',
    ]);
    expect(reasons(withBundle(cert), now)).toEqual([]);
    expect(reasons(withBundle(cert), now + 30 * year)).toEqual(['CertificateExpiring']);
  });
});

describe('deploymentProblems', () => {
  const deployment = (replicas: number, readyReplicas: number): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'kube-egress-system', name: 'kube-egress-webhook' },
    spec: { replicas, selector: {}, template: {} },
    status: { readyReplicas },
  });

  it('reports missing replicas', () => {
    expect(deploymentProblems([deployment(2, 2), deployment(0, 0)])).toEqual([]);
    expect(deploymentProblems([deployment(2, 1)])).toEqual([
      expect.objectContaining({ object: 'Deployment kube-egress-system/kube-egress-webhook' }),
    ]);
  });
});

describe('leftBehindProblems', () => {
  const policy = (namespace: string, name: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name },
  });
  const controller: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'kube-egress-system', name: 'kube-egress-controller' },
    spec: { replicas: 2, selector: {}, template: {} },
  };
  const policies = [
    policy('shop', 'enforce-egress-proxy'),
    policy('shop', 'egress-direct-db'),
    policy('late', 'enforce-egress-proxy-2'),
  ];

  it('names each closed namespace, and the command that opens it', () => {
    const problems = leftBehindProblems(policies, []);
    expect(problems.map(({ object }) => object)).toEqual(['Namespace shop', 'Namespace late']);
    expect(problems[0]?.message).toContain('kubectl delete networkpolicy -n shop -l ');
  });

  it('reports nothing while a controller is installed', () => {
    expect(leftBehindProblems(policies, [controller])).toEqual([]);
  });
});
