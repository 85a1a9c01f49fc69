import { describe, expect, it } from 'vitest';
import { API_VERSION, annotation, label } from '../../api/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import {
  admissionRequest,
  clusterFixture,
  egressProxy,
  headlessService,
  NAMESPACE_WAIT,
  namespace,
  ruleSet,
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

  const noProxy = async (cluster: ReturnType<typeof clusterFixture>['cluster']) =>
    variable(await mutatePod(create, cluster), 'NO_PROXY')?.split(',') ?? [];

  it('follows the namespaces that have Services, unless the proxy omits them', async () => {
    const { cluster, services, namespaces, proxies } = clusterFixture();
    const entries = () => noProxy(cluster);
    namespaces.set(namespace('shop'));
    expect(await entries()).not.toContain('.shop');
    services.set(service('shop', 'web'));
    services.set(service('shop', 'db'));
    expect(await entries()).toContain('.shop');
    services.delete(service('shop', 'web'));
    expect(await entries()).toContain('.shop');
    services.delete(service('shop', 'db'));
    expect(await entries()).not.toContain('.shop');
    services.set(service('late', 'web'));
    namespaces.set(namespace('late'));
    expect(await entries()).toContain('.late');
    proxies.set(egressProxy('squid', { isDefault: true, spec: { noProxyNamespaces: 'Omit' } }));
    expect(await entries()).not.toContain('.late');
    proxies.set(egressProxy('squid', { isDefault: true }));
    expect(await entries()).toContain('.late');
    namespaces.delete(namespace('late'));
    expect(await entries()).not.toContain('.late');
  });

  it('names the pods’ own namespace although the proxy omits the others', async () => {
    const { cluster, services, namespaces, proxies } = clusterFixture();
    proxies.set(egressProxy('squid', { isDefault: true, spec: { noProxyNamespaces: 'Omit' } }));
    namespaces.set(namespace('shop'));
    services.set(service('shop', 'web'));
    services.set(service('my-app', 'web'));
    expect((await noProxy(cluster)).filter((entry) => /shop|my-app/.test(entry))).toEqual(['.my-app']);
    services.delete(service('my-app', 'web'));
    expect(await noProxy(cluster)).not.toContain('.my-app');
  });

  it('names the pods of a StatefulSet by the suffix of their headless Service', async () => {
    const { cluster, services } = clusterFixture();
    services.set(service('my-app', 'api'));
    services.set(headlessService('my-app', 'stores'));
    expect((await noProxy(cluster)).filter((entry) => /api|stores/.test(entry))).toEqual([
      '.stores',
      'api',
      'stores',
    ]);
  });

  it('adds a peer that has the name of a namespace, which the suffix does not match', async () => {
    const { cluster, services, namespaces } = clusterFixture();
    namespaces.set(namespace('redis'));
    services.set(service('redis', 'master'));
    const containers = [{ name: 'app', args: ['--queue=redis://redis:6379'] }];
    const verdict = await mutatePod(
      admissionRequest({ object: { metadata: { name: 'app' }, spec: { containers } } }),
      cluster,
    );
    expect(variable(verdict, 'NO_PROXY')?.split(',')).toEqual(expect.arrayContaining(['.redis', 'redis']));
  });

  it('leaves a Service or namespace that is named like a top-level domain out while a rule has targets there', async () => {
    const { cluster, services, namespaces, ruleSets } = clusterFixture();
    const entries = () => noProxy(cluster);
    services.set(service('my-app', 'app'));
    services.set(service('dev', 'web'));
    namespaces.set(namespace('dev'));
    expect(await entries()).toEqual(expect.arrayContaining(['app', '.dev']));
    ruleSets.set(ruleSet('my-app', 'x.run.app:443', 'y.pages.dev:443'));
    expect((await entries()).filter((entry) => /app$|dev$/.test(entry) && entry !== '.my-app')).toEqual([]);
    ruleSets.set(ruleSet('my-app', 'x.run.app:443'));
    expect(await entries()).toContain('.dev');
    ruleSets.delete(ruleSet('my-app'));
    expect(await entries()).toEqual(expect.arrayContaining(['app', '.dev']));
  });

  it('counts the rule sets of other namespaces only with ruleSetScope: Cluster', async () => {
    const { cluster, services, proxies, ruleSets } = clusterFixture();
    const entries = () => noProxy(cluster);
    services.set(service('my-app', 'app'));
    ruleSets.set(ruleSet('other', 'x.run.app:443'));
    expect(await entries()).toContain('app');
    proxies.set(egressProxy('squid', { isDefault: true, spec: { ruleSetScope: 'Cluster' } }));
    expect(await entries()).not.toContain('app');
    ruleSets.delete(ruleSet('other'));
    expect(await entries()).toContain('app');
  });

  it('adds the peers that a pod itself names, and what its annotation names, to this pod only', async () => {
    const { cluster, services, namespaces } = clusterFixture();
    namespaces.set(namespace('other'));
    const env = [{ name: 'CATALOG_URL', value: 'http://catalog:8080' }];
    const containers = [
      { name: 'app', args: ['--peer=web.other:80'] },
      { name: 'beside', env },
    ];
    const metadata = { name: 'shop', annotations: { [annotation.noProxy]: 'intra.example.com' } };
    const ofShop = async () => {
      const verdict = await mutatePod(
        admissionRequest({ object: { metadata, spec: { containers } } }),
        cluster,
      );
      return variable(verdict, 'NO_PROXY')?.split(',') ?? [];
    };
    const own = ['catalog', 'web.other', 'intra.example.com'];
    expect(await ofShop()).toEqual(expect.arrayContaining(own));
    expect((await noProxy(cluster)).filter((entry) => own.includes(entry))).toEqual([]);
    services.set(service('other', 'web'));
    expect(await ofShop()).toEqual(expect.arrayContaining(['catalog', '.other', 'intra.example.com']));
    expect(await ofShop()).not.toContain('web.other');
  });

  it('takes a 1 MB env and a hundred pods with other peers each', async () => {
    const { cluster } = clusterFixture();
    for (let index = 0; index < 100; index += 1) {
      const env = [
        { name: 'PEER', value: `http://peer-${index}:80` },
        { name: 'DATA', value: 'a:1 '.repeat(250_000) },
      ];
      const object = {
        metadata: { name: 'p' },
        spec: { containers: [{ name: 'app' }, { name: 'data', env }] },
      };
      const verdict = await mutatePod(admissionRequest({ object }), cluster);
      expect(variable(verdict, 'NO_PROXY')).toContain(`peer-${index}`);
    }
  });

  it('counts cluster rule sets', async () => {
    const { cluster, services, clusterRuleSets } = clusterFixture();
    services.set(service('my-app', 'app'));
    expect(await noProxy(cluster)).toContain('app');
    clusterRuleSets.set({
      apiVersion: API_VERSION,
      kind: 'ClusterEgressRuleSet',
      metadata: { name: 'all' },
      spec: { targets: ['*:443'] },
    });
    expect(await noProxy(cluster)).not.toContain('app');
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
