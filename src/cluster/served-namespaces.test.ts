import { describe, expect, it } from 'vitest';
import { API_VERSION, annotation, type EgressProxy, label } from '../api/index.ts';
import { ServedNamespaces } from './served-namespaces.ts';
import { type CachedNamespace, trimNamespace } from './trim.ts';

const proxyOf = (name: string, isDefault = false): EgressProxy => ({
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: {
    name,
    namespace: 'egress',
    annotations: isDefault ? { [annotation.defaultProxy]: 'true' } : {},
  },
  spec: {},
});
const namespaceOf = (name: string, labels: Record<string, string> = {}): CachedNamespace =>
  trimNamespace({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { [label.mode]: 'enforce', ...labels } },
  });

function served() {
  const proxies = [proxyOf('squid', true)];
  const namespaces = [
    namespaceOf('shop'),
    namespaceOf('bank', { [label.proxy]: 'egress.other' }),
    namespaceOf('open', { [label.mode]: 'none' }),
  ];
  const index = new ServedNamespaces<CachedNamespace>({
    proxies: () => proxies,
    namespaces: () => namespaces,
    productNamespace: 'kube-egress-system',
  });
  const names = (reference: string) =>
    index.servedBy(reference).map(({ namespace }) => namespace.metadata.name);
  return { proxies, namespaces, index, names };
}

describe('ServedNamespaces', () => {
  it('groups the namespaces by the proxy that serves them', () => {
    const { names } = served();
    expect(names('egress.squid')).toEqual(['shop']);
    expect(names('egress.other')).toEqual([]);
  });

  it('leaves terminating namespaces out', () => {
    const { namespaces, names } = served();
    namespaces[0] = { ...namespaceOf('shop'), terminating: true };
    expect(names('egress.squid')).toEqual([]);
  });

  it('follows proxies once they are invalidated', () => {
    const { proxies, namespaces, index, names } = served();
    const bank = namespaces[1] as CachedNamespace;
    expect(index.served(bank)).toMatchObject({ kind: 'notServed', reason: 'ProxyUnknown' });
    proxies.push(proxyOf('other'));
    index.invalidateProxies();
    expect(index.served(bank)).toMatchObject({ kind: 'served' });
    expect(names('egress.other')).toEqual(['bank']);
  });

  it('follows namespaces once they are invalidated', () => {
    const { namespaces, index, names } = served();
    expect(names('egress.squid')).toEqual(['shop']);
    namespaces.push(namespaceOf('new'));
    index.invalidateNamespaces();
    expect(names('egress.squid')).toEqual(['shop', 'new']);
  });
});
