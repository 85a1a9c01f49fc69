import { describe, expect, test } from 'vitest';
import type { KeptPod } from '../follow/index.ts';
import { aliasTroubles, planAliases } from './plan-aliases.ts';

function pod(name: string, injected: Partial<NonNullable<KeptPod['injected']>>): KeptPod {
  return {
    metadata: { name, namespace: 'api', uid: name, resourceVersion: '1', labels: {} },
    injected: { proxy: 'intra-proxy.squid-proxy', url: '', containers: [], ...injected },
  } as unknown as KeptPod;
}
const current = pod('current', { aliasAddress: '10.96.0.9' });
const stale = pod('stale', { aliasAddress: '10.96.0.8' });
const own = pod('own', { aliasesLeftAlone: ['corp.example'] });

describe('planAliases', () => {
  test.each<[string, KeptPod[], string]>([
    ['every pod is led to the proxy', [current], 'True AliasesLead'],
    ['one has the address of a Service that is gone', [current, stale], 'False StaleAlias'],
    ['one has a name of its own', [current, own], 'False AliasLeftAlone'],
    ['both', [own, stale], 'False StaleAlias'],
  ])('%s', (_, pods, expected) => {
    const [condition] = planAliases(pods, '10.96.0.9');
    expect(`${condition?.status} ${condition?.reason}`).toBe(expected);
  });

  test('names the pods', () => {
    expect(planAliases([own, stale], '10.96.0.9')[0]?.message).toBe(
      'pods with an address that the proxy does not have any more; restart them: stale; pods with hostAliases of their own that lead elsewhere: own',
    );
  });

  test('says nothing where the proxy has no further names', () => {
    expect(planAliases([stale], undefined)).toEqual([]);
  });
});

describe('aliasTroubles', () => {
  test('are what the Events on the pods say', () => {
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
