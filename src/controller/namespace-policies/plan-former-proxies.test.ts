import { describe, expect, test } from 'vitest';
import type { CachedPod } from '../cache/trim-pod.ts';
import { type FormerProxiesInput, planFormerProxies } from './plan-former-proxies.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const EARLIER = '2026-06-01T11:00:00.000Z';

/** A pod that says that it uses this proxy. */
const pod = (proxy: string, given: Partial<CachedPod> = {}): CachedPod => ({
  metadata: { name: 'app', namespace: 'my-app', uid: 'app', resourceVersion: '1', labels: {} },
  createdAt: NOW - 7_200_000,
  startedAt: undefined,
  podIP: undefined,
  ownAddresses: [],
  ready: true,
  terminating: false,
  injected: { proxy, url: 'http://proxy:3128', containers: ['app'] },
  missingVariables: false,
  unservable: undefined,
  bareNames: undefined,
  bypassesPolicy: false,
  ...given,
});
const before = { proxy: 'egress/old' };
const since = { proxy: 'egress/new', formerProxies: [{ proxy: 'egress/old', leftAt: EARLIER }] };

describe('planFormerProxies', () => {
  test.each<[string, Omit<FormerProxiesInput, 'current' | 'now'>, string[]]>([
    [
      'the proxy that the namespace leaves now',
      { previous: before, pods: [pod('egress.old')] },
      ['egress/old'],
    ],
    ['a proxy that it left before', { previous: since, pods: [pod('egress.old')] }, ['egress/old']],
    ['a proxy that no pod uses any more', { previous: since, pods: [pod('egress.new')] }, []],
    [
      'a pod that says it uses a proxy that never was its own',
      { previous: since, pods: [pod('other.proxy')] },
      [],
    ],
    ['the same without a record', { previous: undefined, pods: [pod('other.proxy')] }, []],
    ['a pod from after the move', { previous: since, pods: [pod('egress.old', { createdAt: NOW })] }, []],
    ['a terminating pod', { previous: since, pods: [pod('egress.old', { terminating: true })] }, []],
    ['a namespace that did not move', { previous: { proxy: 'egress/new' }, pods: [pod('egress.new')] }, []],
  ])('%s', (_, given, expected) => {
    const planned = planFormerProxies({ ...given, current: 'egress/new', now: NOW });
    expect(planned.map(({ proxy }) => proxy)).toEqual(expected);
  });

  test('keeps when the namespace left', () => {
    const given = { current: 'egress/new', pods: [pod('egress.old')], now: NOW };
    expect(planFormerProxies({ ...given, previous: since })[0]?.leftAt).toBe(EARLIER);
    expect(planFormerProxies({ ...given, previous: before })[0]?.leftAt).toBe('2026-06-01T12:00:00.000Z');
  });

  test('coming back ends it', () => {
    const given = { previous: since, pods: [pod('egress.old')], now: NOW };
    expect(planFormerProxies({ ...given, current: 'egress/old' })).toEqual([]);
  });
});
