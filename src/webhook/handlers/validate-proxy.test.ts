import { describe, expect, it } from 'vitest';
import { label } from '../../api/index.ts';
import { admissionRequest, clusterFixture, egressProxy, namespace } from '../cluster/cluster.fixture.ts';
import { validateProxy } from './validate-proxy.ts';

const kind = { group: 'zalando.org', version: 'v1', kind: 'EgressProxy' };
const remove = (name: string) =>
  admissionRequest({
    kind,
    operation: 'DELETE',
    namespace: 'egress-proxy',
    name,
    oldObject: egressProxy(name),
  });
const create = (object: object) => admissionRequest({ kind, namespace: 'egress-proxy', object });

describe('validateProxy', () => {
  it('refuses a second default proxy with the name of the first', () => {
    const { cluster } = clusterFixture();
    expect(validateProxy(create(egressProxy('second', { isDefault: true })), cluster)).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('egress-proxy/squid is already the default proxy'),
    });
    expect(validateProxy(create(egressProxy('second')), cluster).kind).toBe('allowed');
  });

  it('refuses it in an update that changes nothing but the annotation', () => {
    const { cluster } = clusterFixture();
    const request = create(egressProxy('second', { isDefault: true }));
    const update = { ...request, operation: 'UPDATE' as const, oldObject: egressProxy('second') };
    expect(validateProxy(update, cluster).kind).toBe('denied');
  });

  it('lets the default proxy itself be changed', () => {
    const { cluster } = clusterFixture();
    const object = egressProxy('squid', { isDefault: true, spec: { port: 8080 } });
    const update = { ...create(object), operation: 'UPDATE' as const, oldObject: egressProxy('squid') };
    expect(validateProxy(update, cluster).kind).toBe('allowed');
  });

  it('refuses to delete a proxy that namespaces use, with their names', () => {
    const { cluster, namespaces } = clusterFixture();
    namespaces.set(namespace('another', { [label.mode]: 'observe' }));
    namespaces.set(namespace('bystander'));
    expect(validateProxy(remove('squid'), cluster)).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('EgressProxy egress-proxy/squid serves another, my-app: '),
    });
  });

  it('names ten of many', () => {
    const { cluster, namespaces } = clusterFixture();
    for (let index = 0; index < 20; index += 1) {
      namespaces.set(namespace(`app-${index}`, { [label.mode]: 'enforce' }));
    }
    const verdict = validateProxy(remove('squid'), cluster);
    expect(verdict.kind === 'denied' && verdict.message).toContain('and 11 more');
  });

  const passing = [
    { name: 'a proxy that no namespace uses', prepare: () => {}, target: 'spare' },
    {
      name: 'a proxy in a terminating namespace',
      prepare: ({ namespaces }: ReturnType<typeof clusterFixture>) =>
        namespaces.set(namespace('egress-proxy', {}, true)),
      target: 'squid',
    },
    {
      name: 'a proxy whose last namespace terminates',
      prepare: ({ namespaces }: ReturnType<typeof clusterFixture>) =>
        namespaces.set(namespace('my-app', { [label.mode]: 'enforce' }, true)),
      target: 'squid',
    },
  ];
  it.each(passing)('lets $name go', ({ prepare, target }) => {
    const fixture = clusterFixture();
    prepare(fixture);
    expect(validateProxy(remove(target), fixture.cluster)).toEqual({ kind: 'allowed' });
  });
});
