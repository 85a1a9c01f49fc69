import { describe, expect, it } from 'vitest';
import type { CachedService } from '../cache/trim-objects.ts';
import { type CachedPod, trimPod } from '../cache/trim-pod.ts';
import { findOlderPods, planServiceNames } from './plan-service-names.ts';

const SECOND = '2026-06-01T12:00:0';
const pod = (name: string, created: number, noProxy: string | undefined, labels = {}): CachedPod =>
  trimPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'my-app',
      labels,
      creationTimestamp: `${SECOND}${created}Z`,
      annotations: {
        'egress.zalando.org/injected': JSON.stringify({
          proxy: 'a.b',
          url: 'http://b:1',
          containers: ['app'],
        }),
      },
    },
    spec: {
      containers: [
        { name: 'sidecar', env: [{ name: 'NO_PROXY', value: 'mine' }] },
        { name: 'app', env: noProxy === undefined ? [] : [{ name: 'NO_PROXY', value: noProxy }] },
      ],
    },
  } as Parameters<typeof trimPod>[0]);
const service = (name: string, created: number, selector?: Record<string, string>): CachedService => ({
  metadata: { name, namespace: 'my-app', resourceVersion: '1' },
  createdAt: Date.parse(`${SECOND}${created}Z`),
  clusterIPs: [],
  isHeadless: false,
  selector,
  ours: undefined,
});
const found = (pods: CachedPod[], services: CachedService[], leftOut: string[] = []) =>
  findOlderPods(pods, services, new Set(leftOut));
const none = { pods: [], services: [] };

describe('findOlderPods', () => {
  it('finds a pod that is older than a Service which its NO_PROXY lacks', () => {
    const pods = [pod('front', 1, '.svc,10.0.0.0/8,cart,a.example:80'), pod('new', 5, '.svc,cart,catalog')];
    expect(found(pods, [service('cart', 3), service('catalog', 3)])).toEqual({
      pods: ['front'],
      services: ['catalog'],
    });
  });

  it.each<[string, CachedPod, CachedService, string[]]>([
    ['that is newer', pod('a', 5, '.svc'), service('catalog', 3), []],
    ['whose own Service it is', pod('a', 1, '.svc', { app: 'x' }), service('catalog', 3, { app: 'x' }), []],
    ['that names the Service itself', pod('a', 1, '.svc,catalog'), service('catalog', 3), []],
    ['that has no NO_PROXY of ours', pod('a', 1, undefined), service('catalog', 3), []],
    ['of a Service that NO_PROXY leaves out', pod('a', 1, '.svc'), service('app', 3), ['app']],
  ])('leaves out a pod %s', (_, each, of, leftOut) => {
    expect(found([each], [of], leftOut)).toEqual(none);
  });

  it('counts a pod of the same second', () => {
    expect(found([pod('a', 3, '.svc')], [service('catalog', 3)]).pods).toEqual(['a']);
  });
});

describe('planServiceNames', () => {
  it('names pods and Services, ten at most', () => {
    const pods = Array.from({ length: 50 }, (_, index) => `pod-${index}`);
    const { status, message } = planServiceNames({ pods, services: ['catalog'] });
    expect(status).toBe('True');
    expect(message).toMatch(/\(catalog\).*pod-0, .* and 4\d more$/);
    expect(planServiceNames(none).status).toBe('False');
  });
});
