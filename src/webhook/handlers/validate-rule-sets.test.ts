import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { admissionRequest, clusterFixture, egressProxy, namespace } from '../cluster/cluster.fixture.ts';
import { validateClusterRuleSet, validateRuleSet } from './validate-rule-sets.ts';

const kind = { group: 'zalando.org', version: 'v1', kind: 'EgressRuleSet' };
const set = (...targets: string[]) => ({ metadata: { name: 'a' }, spec: { targets } });
const create = admissionRequest({ kind, object: set('a.example:*', 'b.example', 'c.example:443') });

describe('validateRuleSet', () => {
  it('refuses with every fault, each with its field', async () => {
    const { cluster } = clusterFixture();
    const verdict = await validateRuleSet(create, cluster);
    expect(verdict.kind).toBe('denied');
    const fields = verdict.kind === 'denied' ? verdict.causes.map(({ field }) => field) : [];
    expect(fields).toEqual(['spec.targets[0]', 'spec.targets[1]']);
  });

  it('warns of *:port, and refuses it where the proxy says so', async () => {
    const { cluster, proxies } = clusterFixture();
    const any = admissionRequest({ kind, object: set('*:80') });
    expect(await validateRuleSet(any, cluster)).toMatchObject({
      kind: 'allowed',
      warnings: [expect.any(String)],
    });
    proxies.set(egressProxy('squid', { isDefault: true, spec: { wildcardTargets: 'Deny' } }));
    expect((await validateRuleSet(any, cluster)).kind).toBe('denied');
  });

  it.each(['catalog:8080', 'kubernetes.default.svc:443', 'web.x.svc.corp.internal:80', '*.my-app:80'])(
    'warns of %s, a name inside the cluster, unless a parent proxy may resolve it',
    async (target) => {
      const { cluster, proxies } = clusterFixture();
      const proxy = egressProxy('squid', { isDefault: true });
      proxies.set({ ...proxy, status: { discovered: { clusterDomain: 'corp.internal' } } });
      const request = admissionRequest({ kind, object: set(target) });
      const verdict = await validateRuleSet(request, cluster);
      expect(verdict).toMatchObject({
        kind: 'allowed',
        warnings: expect.arrayContaining([expect.stringContaining('directly by NO_PROXY')]),
      });
      const clusterRequest = { ...request, kind: { ...kind, kind: 'ClusterEgressRuleSet' } };
      expect(validateClusterRuleSet(clusterRequest, cluster)).toEqual(verdict);
      const upstreams = [{ name: 'corp', host: 'p.example.com', port: 3128 }];
      proxies.set(egressProxy('squid', { isDefault: true, spec: { upstreams } }));
      expect(JSON.stringify(await validateRuleSet(request, cluster))).not.toContain('NO_PROXY');
    },
  );

  it('refuses what is beyond the quota of the namespace, and lets an existing set shrink', async () => {
    const { cluster, proxies, ruleSets } = clusterFixture();
    const limits = { ruleSetsPerNamespace: 2, targetsPerNamespace: 10 };
    proxies.set(egressProxy('squid', { isDefault: true, spec: { limits } }));
    const cached = (name: string, targets: number) => ({
      metadata: { name, namespace: 'my-app', resourceVersion: '1' },
      suffixes: [],
      targetGroups: [],
      targets,
    });
    ruleSets.set(cached('first', 9));
    const one = admissionRequest({ kind, name: 'a', object: set('a.example:443') });
    const two = admissionRequest({ kind, name: 'a', object: set('a.example:443', 'b.example:443') });
    expect((await validateRuleSet(one, cluster)).kind).toBe('allowed');
    expect(await validateRuleSet(two, cluster)).toMatchObject({
      kind: 'denied',
      causes: [{ field: 'spec.targets', message: expect.stringContaining('11 targets together') }],
    });
    ruleSets.set(cached('second', 90));
    expect(await validateRuleSet(one, cluster)).toMatchObject({
      kind: 'denied',
      causes: [{ field: 'metadata.name' }, { field: 'spec.targets' }],
    });
    const update = { ...one, name: 'first', operation: 'UPDATE' as const, oldObject: two.object };
    expect((await validateRuleSet(update, cluster)).kind).toBe('allowed');
  });

  it('refuses a new rule set that has expired, and lets a change end an existing one', async () => {
    const { cluster } = clusterFixture(new FakeClock(Date.parse('2026-01-01T12:00:00Z')));
    const { metadata, spec } = set('a.example:443');
    const expired = { metadata, spec: { ...spec, expiresAt: '2026-01-01T12:00:00Z' } };
    for (const of of ['EgressRuleSet', 'ClusterEgressRuleSet']) {
      const validate = of === 'EgressRuleSet' ? validateRuleSet : validateClusterRuleSet;
      const creation = admissionRequest({ kind: { ...kind, kind: of }, object: expired });
      expect(await validate(creation, cluster)).toMatchObject({
        kind: 'denied',
        causes: [{ field: 'spec.expiresAt' }],
      });
      const update = { ...creation, operation: 'UPDATE' as const, oldObject: set('a.example:443') };
      expect(await validate(update, cluster)).toMatchObject({
        kind: 'allowed',
        warnings: [expect.any(String)],
      });
    }
  });

  const passing = [
    { name: 'a delete', over: { operation: 'DELETE' as const, object: undefined, oldObject: create.object } },
    {
      name: 'an unchanged spec',
      over: { operation: 'UPDATE' as const, oldObject: structuredClone(create.object) },
    },
    {
      name: 'a terminating object',
      over: {
        operation: 'UPDATE' as const,
        object: { ...create.object, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
        oldObject: {},
      },
    },
    { name: 'a terminating namespace', over: { namespace: 'going' } },
  ];
  it.each(passing)('lets $name pass, whatever its rules', async ({ over }) => {
    const { cluster, namespaces } = clusterFixture();
    namespaces.set(namespace('going', {}, true));
    expect(await validateRuleSet({ ...create, ...over } as typeof create, cluster)).toEqual({
      kind: 'allowed',
    });
  });

  it('validates in a namespace that is not cached', async () => {
    const { cluster } = clusterFixture();
    expect((await validateRuleSet({ ...create, namespace: 'never' }, cluster)).kind).toBe('denied');
  });

  it('takes another kind for a wrong configuration', () => {
    const { cluster } = clusterFixture();
    const other = { ...create, kind: { ...kind, kind: 'EgressProxy' } };
    expect(() => validateRuleSet(other, cluster)).toThrow(
      expect.objectContaining({ code: 'KIND_UNEXPECTED' }),
    );
  });
});

describe('validateClusterRuleSet', () => {
  it('refuses with every fault', () => {
    const { cluster } = clusterFixture();
    const request = { ...create, kind: { ...kind, kind: 'ClusterEgressRuleSet' }, namespace: undefined };
    expect(validateClusterRuleSet(request, cluster)).toMatchObject({ kind: 'denied', causes: [{}, {}] });
  });
});
