import { describe, expect, it, test } from 'vitest';
import { admissionRequest, clusterFixture, egressProxy } from '../cluster/cluster.fixture.ts';
import { validateRequest } from './validate-request.ts';

const kind = { group: 'zalando.org', version: 'v1', kind: 'EgressRequest' };
const asking = (...targets: string[]) => ({
  metadata: { name: 'a' },
  spec: { targets, duration: '2h', reason: 'incident 4711', requestedBy: 'tom' },
});
const create = (object: object) => admissionRequest({ kind, object });

describe('validateRequest', () => {
  it('refuses with every fault of the targets, each with its field', async () => {
    const verdict = await validateRequest(
      create(asking('a.example:*', 'b.example', 'c.example:443')),
      clusterFixture().cluster,
    );
    expect(verdict).toMatchObject({ kind: 'denied' });
    const fields = verdict.kind === 'denied' ? verdict.causes.map(({ field }) => field) : [];
    expect(fields).toEqual(['spec.targets[0]', 'spec.targets[1]']);
  });

  it('refuses and warns as for a rule set of the namespace', async () => {
    const { cluster, proxies } = clusterFixture();
    const any = create(asking('*:80'));
    expect(await validateRequest(any, cluster)).toMatchObject({
      kind: 'allowed',
      warnings: [expect.any(String)],
    });
    proxies.set(egressProxy('squid', { isDefault: true, spec: { wildcardTargets: 'Deny' } }));
    expect((await validateRequest(any, cluster)).kind).toBe('denied');
  });

  it('refuses a name after which no rule set can be named', async () => {
    const { cluster } = clusterFixture();
    const named = (length: number) => ({
      ...asking('a.example:443'),
      metadata: { name: 'x'.repeat(length) },
    });
    expect((await validateRequest(create(named(245)), cluster)).kind).toBe('allowed');
    expect((await validateRequest(create(named(246)), cluster)).kind).toBe('denied');
  });

  test.each<[string, object]>([
    ['without a spec', { metadata: { name: 'a' } }],
    ['without targets', { metadata: { name: 'a' }, spec: { duration: '2h' } }],
    [
      'with an invalid selector',
      {
        ...asking('a.example:443'),
        spec: { ...asking('a.example:443').spec, podSelector: { matchLabels: { 'a b': 'c' } } },
      },
    ],
  ])('refuses one %s', async (_, object) => {
    expect((await validateRequest(create(object), clusterFixture().cluster)).kind).toBe('denied');
  });
});
