import { describe, expect, it } from 'vitest';
import { annotation, type EgressProxy, type EgressProxySpec, label } from '../api/index.ts';
import { catalogProxies } from './proxy-catalog.ts';
import { resolveMode, type ServedNamespace, servingProxy } from './served-namespace.ts';

function egressProxy(
  reference: string,
  spec: EgressProxySpec = {},
  isDefault = false,
  created = '2026-01-01',
): EgressProxy {
  const [namespace = '', name = ''] = reference.split('.');
  return {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressProxy',
    metadata: {
      name,
      namespace,
      creationTimestamp: `${created}T00:00:00Z`,
      annotations: isDefault ? { [annotation.defaultProxy]: 'true' } : {},
    },
    spec,
  };
}

const resolve = (
  name: string,
  labels: Record<string, string>,
  proxies: EgressProxy[],
  annotations: Record<string, string> = {},
): ServedNamespace =>
  resolveMode({ metadata: { name, labels, annotations } }, catalogProxies(proxies), {
    productNamespace: 'kube-egress-system',
  });

const shown = (served: ServedNamespace) =>
  served.kind === 'served' ? `${served.mode} ${servingProxy(served)}` : `${served.reason} (${served.mode})`;

const plain = egressProxy('egress.squid', {}, true);
const enforcing = egressProxy('egress.squid', { defaultMode: 'Enforce', exemptNamespaces: ['legacy'] }, true);
const other = egressProxy('intra.squid-proxy', { defaultMode: 'Enforce' });

describe('resolveMode', () => {
  const cases: {
    name: string;
    ns?: string;
    labels?: Record<string, string>;
    proxies: EgressProxy[];
    expected: string;
  }[] = [
    { name: 'no label, no defaultMode', proxies: [plain], expected: 'NamespaceNotOptedIn (none)' },
    { name: 'no label, no proxy', proxies: [], expected: 'NamespaceNotOptedIn (none)' },
    {
      name: 'enforce',
      labels: { [label.mode]: 'enforce' },
      proxies: [plain],
      expected: 'enforce egress.squid',
    },
    {
      name: 'observe',
      labels: { [label.mode]: 'observe' },
      proxies: [plain],
      expected: 'observe egress.squid',
    },
    {
      name: 'blocked',
      labels: { [label.mode]: 'blocked' },
      proxies: [plain],
      expected: 'blocked egress.squid',
    },
    {
      name: 'blocked, and its proxy does not exist',
      labels: { [label.mode]: 'blocked' },
      proxies: [],
      expected: 'ProxyUnknown (blocked)',
    },
    {
      name: 'a property of every object is no mode',
      labels: { [label.mode]: 'constructor' },
      proxies: [enforcing],
      expected: 'enforce egress.squid',
    },
    { name: 'no label under defaultMode Enforce', proxies: [enforcing], expected: 'enforce egress.squid' },
    {
      name: 'none under defaultMode Enforce',
      labels: { [label.mode]: 'none' },
      proxies: [enforcing],
      expected: 'NamespaceNotOptedIn (none)',
    },
    {
      name: 'an exempt namespace',
      ns: 'legacy',
      proxies: [enforcing],
      expected: 'NamespaceNotOptedIn (none)',
    },
    {
      name: 'an exempt namespace that opts in',
      ns: 'legacy',
      labels: { [label.mode]: 'observe' },
      proxies: [enforcing],
      expected: 'observe egress.squid',
    },
    {
      name: 'a typing error does not open',
      labels: { [label.mode]: 'Enfroce' },
      proxies: [enforcing],
      expected: 'enforce egress.squid',
    },
    {
      name: 'a defaultMode counts on the default proxy only',
      proxies: [plain, other],
      expected: 'NamespaceNotOptedIn (none)',
    },
    {
      name: 'another proxy by label',
      labels: { [label.mode]: 'enforce', [label.proxy]: 'intra.squid-proxy' },
      proxies: [plain, other],
      expected: 'enforce intra.squid-proxy',
    },
    {
      name: 'another proxy, mode by default',
      labels: { [label.proxy]: 'intra.squid-proxy' },
      proxies: [enforcing, other],
      expected: 'enforce intra.squid-proxy',
    },
    {
      name: 'a proxy that does not exist',
      labels: { [label.mode]: 'enforce', [label.proxy]: 'intra.gone' },
      proxies: [plain],
      expected: 'ProxyUnknown (enforce)',
    },
    {
      name: 'no default proxy',
      labels: { [label.mode]: 'enforce' },
      proxies: [other],
      expected: 'ProxyUnknown (enforce)',
    },
    {
      name: 'kube-system, whatever its label',
      ns: 'kube-system',
      labels: { [label.mode]: 'enforce' },
      proxies: [enforcing],
      expected: 'SystemNamespace (none)',
    },
    {
      name: 'the product’s namespace',
      ns: 'kube-egress-system',
      proxies: [enforcing],
      expected: 'SystemNamespace (none)',
    },
  ];
  it.each(cases)('$name', ({ ns = 'my-app', labels = {}, proxies, expected }) => {
    expect(shown(resolve(ns, labels, proxies))).toBe(expected);
  });

  it('keeps to the older of two default proxies', () => {
    const older = egressProxy('z.older', {}, true, '2025-01-01');
    expect(shown(resolve('my-app', { [label.mode]: 'enforce' }, [plain, older]))).toBe('enforce z.older');
  });

  it('narrows to the pods of the selector, and to none where it cannot be read', () => {
    const enforce = { [label.mode]: 'enforce' };
    expect(resolve('my-app', enforce, [plain], { [annotation.podSelector]: 'app=api' })).toMatchObject({
      selector: { matchLabels: { app: 'api' } },
      selectorFault: undefined,
    });
    expect(resolve('my-app', enforce, [plain], { [annotation.podSelector]: 'app in (' })).toMatchObject({
      selector: undefined,
      selectorFault: expect.any(String),
    });
  });

  it('knows that a proxy lives in the namespace', () => {
    expect(resolve('egress', { [label.mode]: 'enforce' }, [plain])).toMatchObject({ hostsProxy: true });
  });
});

describe('a blocked namespace', () => {
  const annotations = { [annotation.podSelector]: 'app=api', [annotation.blockedReason]: 'incident 4711' };

  it('is blocked whole, whatever its pod-selector', () => {
    expect(resolve('my-app', { [label.mode]: 'blocked' }, [plain], annotations)).toMatchObject({
      selector: undefined,
      block: { reason: 'incident 4711' },
    });
  });

  it('has its selector again after the block', () => {
    expect(resolve('my-app', { [label.mode]: 'enforce' }, [plain], annotations)).toMatchObject({
      selector: { matchLabels: { app: 'api' } },
      block: undefined,
    });
  });
});
