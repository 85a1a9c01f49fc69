import { describe, expect, test } from 'vitest';
import { API_VERSION, type EgressProxy, label } from '../../api/index.ts';
import { matchesSelector } from '../../rules/index.ts';
import {
  enforcedByDefault,
  guardSelector,
  type SelectorInput,
  strictSelector,
  webhookSelector,
} from './selectors.ts';

function input(spec: EgressProxy['spec'], enforcedByLabel: string[] = []): SelectorInput {
  return {
    defaultProxy: {
      apiVersion: API_VERSION,
      kind: 'EgressProxy',
      metadata: { name: 'squid', namespace: 'egress-proxy' },
      spec,
    },
    productNamespace: 'kube-egress-system',
    enforcedByLabel: new Set(enforcedByLabel),
  };
}

const namespaces = {
  enforced: { [label.mode]: 'enforce' },
  blocked: { [label.mode]: 'blocked' },
  observed: { [label.mode]: 'observe' },
  'opted-out': { [label.mode]: 'none' },
  mistyped: { [label.mode]: 'enforced' },
  unlabelled: {},
  exempt: {},
  'exempt-enforced': { [label.mode]: 'enforce' },
  'kube-system': {},
  'kube-egress-system': {},
};

function selected(selector: ReturnType<typeof guardSelector>): string[] {
  return Object.entries(namespaces)
    .filter(([name, labels]) => matchesSelector(selector, { ...labels, 'kubernetes.io/metadata.name': name }))
    .map(([name]) => name);
}

const exemptNamespaces = ['exempt', 'exempt-enforced'];

describe('webhookSelector', () => {
  test.each<[string, SelectorInput, string[]]>([
    ['None: the namespaces that opted in', input({}), ['enforced', 'blocked', 'observed', 'exempt-enforced']],
    [
      'without a default proxy as with None',
      { ...input({}), defaultProxy: undefined },
      ['enforced', 'blocked', 'observed', 'exempt-enforced'],
    ],
    [
      'Observe: all but those that opted out; whom the webhook leaves alone it decides itself',
      input({ defaultMode: 'Observe', exemptNamespaces }),
      ['enforced', 'blocked', 'observed', 'mistyped', 'unlabelled', 'exempt', 'exempt-enforced'],
    ],
  ])('%s', (_, given, expected) => {
    expect(selected(webhookSelector(given))).toEqual(expected);
  });
});

describe('guardSelector', () => {
  test.each<[string, SelectorInput, string[]]>([
    ['None: the namespaces that opted in', input({}), ['enforced', 'blocked', 'exempt-enforced']],
    [
      'Observe enforces nothing',
      input({ defaultMode: 'Observe' }),
      ['enforced', 'blocked', 'exempt-enforced'],
    ],
    [
      'Enforce: all but those that opted out or are exempt',
      input({ defaultMode: 'Enforce', exemptNamespaces }, ['exempt-enforced']),
      ['enforced', 'blocked', 'mistyped', 'unlabelled', 'exempt-enforced'],
    ],
  ])('%s', (_, given, expected) => {
    expect(selected(guardSelector(given))).toEqual(expected);
  });
});

describe('strictSelector', () => {
  const strict: EgressProxy['spec'] = { inClusterTraffic: 'Deny' };
  const other = (spec: EgressProxy['spec']): EgressProxy => ({
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name: 'other', namespace: 'egress-proxy' },
    spec,
  });
  const candidates = {
    'by-default': { [label.mode]: 'enforce' },
    'by-name-blocked': { [label.mode]: 'blocked', [label.proxy]: 'egress-proxy.squid' },
    'by-name': { [label.mode]: 'enforce', [label.proxy]: 'egress-proxy.squid' },
    'of-other': { [label.mode]: 'enforce', [label.proxy]: 'egress-proxy.other' },
    observed: { [label.mode]: 'observe' },
  };
  test.each<[string, SelectorInput, EgressProxy['spec'] | undefined, string[]]>([
    ['no proxy is strict', input({}), {}, []],
    ['the default is', input(strict), {}, ['by-default', 'by-name-blocked', 'by-name']],
    ['the other is', input({}), strict, ['of-other']],
    ['both are', input(strict), strict, ['by-default', 'by-name-blocked', 'by-name', 'of-other']],
    [
      'the default is the only one and strict',
      input(strict),
      undefined,
      ['by-default', 'by-name-blocked', 'by-name', 'of-other'],
    ],
    ['there is no default', { ...input({}), defaultProxy: undefined }, strict, ['of-other']],
  ])('%s', (_, given, spec, expected) => {
    const proxies = [
      ...(given.defaultProxy === undefined ? [] : [given.defaultProxy]),
      ...(spec === undefined ? [] : [other(spec)]),
    ];
    const selector = strictSelector(given, proxies);
    const found = Object.entries(candidates).filter(([, labels]) => matchesSelector(selector, labels));
    expect(found.map(([name]) => name)).toEqual(expected);
  });
});

describe('enforcedByDefault', () => {
  test('is true for Enforce only, and lists the exceptions', () => {
    const given = input({ defaultMode: 'Enforce', exemptNamespaces }, ['exempt-enforced']);
    expect(enforcedByDefault(given)).toEqual({
      active: true,
      except: ['exempt', 'kube-egress-system', 'kube-system'],
    });
    expect(enforcedByDefault(input({ defaultMode: 'Observe' })).active).toBe(false);
  });
});
