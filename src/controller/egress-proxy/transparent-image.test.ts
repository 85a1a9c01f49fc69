import { describe, expect, test } from 'vitest';
import { API_VERSION, type EgressProxy, MANAGER } from '../../api/index.ts';
import type { Deps } from '../deps.ts';
import { transparentImage } from './transparent-image.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const proxy = (over: Partial<EgressProxy> = {}): EgressProxy => ({
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: { name: 'squid', namespace: 'egress-proxy' },
  spec: { clientEnv: { transparent: true } },
  ...over,
});

/** The guard, written `seconds` ago. */
function guard(images: string[], seconds: number) {
  return {
    metadata: {
      name: 'kube-egress-capabilities',
      managedFields: [{ manager: MANAGER, time: new Date(NOW - seconds * 1000).toISOString() }],
    },
    spec: {
      matchConditions: [{ name: 'not-only-redirect', expression: `c.image in ${JSON.stringify(images)}` }],
    },
  };
}

function ask(asked: EgressProxy, policy: object | undefined) {
  const context = {
    settings: { image: 'kube-egress:2' },
    reflectors: { guardPolicies: { store: { get: () => policy } } },
    clock: { now: () => NOW },
  };
  return transparentImage(asked, context as unknown as Deps);
}

describe('transparentImage', () => {
  test.each([
    ['not requested', proxy({ spec: {} }), guard(['kube-egress:2'], 60), undefined, undefined],
    ['the guard accepts it', proxy(), guard(['kube-egress:2'], 60), 'kube-egress:2', undefined],
    ['there is no guard', proxy(), undefined, 'kube-egress:2', undefined],
    ['the guard does not know it yet', proxy(), guard([], 60), undefined, 3000],
    ['the guard learned it a second ago', proxy(), guard(['kube-egress:2'], 1), undefined, 2000],
    [
      'an upgrade: the former image until the guard knows the new one',
      proxy({ status: { transparentImage: 'kube-egress:1' } }),
      guard(['kube-egress:1'], 60),
      'kube-egress:1',
      3000,
    ],
    [
      'an image of its own',
      proxy({ spec: { image: 'own:7', clientEnv: { transparent: true } } }),
      guard(['own:7'], 60),
      'own:7',
      undefined,
    ],
  ])('%s', (_, asked, policy, image, checkAgainMs) => {
    expect(ask(asked, policy)).toEqual({ image, checkAgainMs });
  });
});
