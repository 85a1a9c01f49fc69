import { describe, expect, test } from 'vitest';
import type { CachedPod } from '../cache/trim-pod.ts';
import { aliasTroubles, planAliases } from './plan-aliases.ts';

function pod(name: string, injected: Partial<NonNullable<CachedPod['injected']>>): CachedPod {
  return {
    metadata: { name, namespace: 'api', uid: name, resourceVersion: '1', labels: {} },
    injected: { proxy: 'intra-proxy.squid-proxy', url: '', containers: [], ...injected },
  } as unknown as CachedPod;
}
const current = pod('current', { aliasAddress: '10.96.0.9' });
const stale = pod('stale', { aliasAddress: '10.96.0.8' });
const own = pod('own', { aliasesLeftAlone: ['corp.example'] });

describe('planAliases', () => {
  test.each<[string, CachedPod[], string]>([
    ['the aliases resolve in every pod', [current], 'True AliasesLead'],
    ['one pod has the address of a deleted Service', [current, stale], 'False StaleAlias'],
    ['one pod has its own hostAliases', [current, own], 'False AliasLeftAlone'],
    ['both', [own, stale], 'False StaleAlias'],
  ])('%s', (_, pods, expected) => {
    const [condition] = planAliases(pods, '10.96.0.9');
    expect(`${condition?.status} ${condition?.reason}`).toBe(expected);
  });

  test('names the pods', () => {
    expect(planAliases([own, stale], '10.96.0.9')[0]?.message).toBe(
      'these pods resolve the names of the proxy to an old address; restart them: stale; the hostAliases of these pods override a name of the proxy; remove these hostAliases: own',
    );
  });

  test('there is no condition while the proxy has no address', () => {
    expect(planAliases([stale], undefined)).toEqual([]);
  });
});

describe('aliasTroubles', () => {
  test('are reported on the pods', () => {
    expect(
      aliasTroubles([current, stale, own], '10.96.0.9').map(({ pod: of, reason }) => [
        of.metadata.name,
        reason,
      ]),
    ).toEqual([
      ['stale', 'StaleAlias'],
      ['own', 'AliasLeftAlone'],
    ]);
  });
});
