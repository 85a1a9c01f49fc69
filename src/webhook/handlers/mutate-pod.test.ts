import { describe, expect, it } from 'vitest';
import { annotation, label } from '../../api/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import {
  admissionRequest,
  clusterFixture,
  egressProxy,
  NAMESPACE_WAIT,
  namespace,
  service,
} from '../cluster/cluster.fixture.ts';
import type { Verdict } from '../http/index.ts';
import { mutatePod } from './mutate-pod.ts';

const pod = { metadata: { name: 'app' }, spec: { containers: [{ name: 'app' }] } };
const create = admissionRequest({ object: pod });

function variable(verdict: Verdict, name: string): string | undefined {
  if (verdict.kind !== 'patched') return undefined;
  const added = verdict.patch.find(({ path }) => path === '/spec/containers/0/env');
  const env = added && 'value' in added ? (added.value as { name: string; value: string }[]) : [];
  return env.find((entry) => entry.name === name)?.value;
}

describe('mutatePod', () => {
  it('gives a pod of a served namespace its variables', async () => {
    const { cluster } = clusterFixture();
    expect(variable(await mutatePod(create, cluster), 'http_proxy')).toBe(
      'http://squid.egress-proxy.svc.cluster.local:3128',
    );
  });

  it('follows what changes: Services of the namespace, its annotations, the proxy', async () => {
    const { cluster, services, namespaces, proxies } = clusterFixture();
    await mutatePod(create, cluster);
    services.set(service('my-app', 'redis'));
    expect(variable(await mutatePod(create, cluster), 'NO_PROXY')).toContain(',redis');
    const annotated = namespace('my-app', { [label.mode]: 'enforce' });
    annotated.metadata.annotations[annotation.noProxy] = 'intra.example.com';
    namespaces.set(annotated);
    expect(variable(await mutatePod(create, cluster), 'NO_PROXY')).toContain('intra.example.com');
    proxies.set(egressProxy('squid', { isDefault: true, spec: { port: 8080 } }));
    expect(variable(await mutatePod(create, cluster), 'HTTP_PROXY')).toMatch(/:8080$/);
    services.delete(service('my-app', 'redis'));
    expect(variable(await mutatePod(create, cluster), 'NO_PROXY')).not.toContain('redis');
  });

  it('waits for a namespace that is newer than the cache', async () => {
    const { cluster, namespaces } = clusterFixture();
    const verdict = mutatePod({ ...create, namespace: 'fresh' }, cluster);
    namespaces.set(namespace('fresh', { [label.mode]: 'observe' }));
    expect((await verdict).kind).toBe('patched');
  });

  it('lets a pod pass whose namespace does not show up', async () => {
    const clock = new FakeClock();
    const { cluster } = clusterFixture(clock);
    const verdict = mutatePod({ ...create, namespace: 'never' }, cluster);
    expect(clock.pending).toEqual([NAMESPACE_WAIT]);
    await clock.advance(NAMESPACE_WAIT);
    expect(await verdict).toEqual({ kind: 'skipped', reason: 'NamespaceUnknown' });
  });

  it('patches only what is new in an update of ephemeral containers', async () => {
    const { cluster } = clusterFixture();
    const env = [{ name: 'HTTP_PROXY', value: 'http://p:1' }];
    const spec = { containers: [{ name: 'app', env }], ephemeralContainers: [{ name: 'old' }] };
    const object = { spec: { ...spec, ephemeralContainers: [{ name: 'old' }, { name: 'new' }] } };
    const update = admissionRequest({
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
      object,
      oldObject: { spec },
    });
    expect(await mutatePod(update, cluster)).toMatchObject({
      kind: 'patched',
      patch: [{ op: 'add', path: '/spec/ephemeralContainers/1/env', value: env }],
    });
  });

  it.each([
    { name: 'another kind', over: { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } } },
    { name: 'an update of the pod itself', over: { operation: 'UPDATE' as const } },
  ])('takes $name for a wrong configuration', ({ over }) => {
    const { cluster } = clusterFixture();
    expect(() => mutatePod({ ...create, ...over }, cluster)).toThrow(
      expect.objectContaining({ code: 'KIND_UNEXPECTED' }),
    );
  });
});
