import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EgressRuleSet } from '../../src/api/index.ts';
import {
  type ConfigMap,
  EventRecorder,
  KubeClient,
  type KubeObject,
  keyOf,
  Reflector,
  type ReflectorOptions,
  type Resource,
  resources,
  runWhenLeader,
} from '../../src/kube/index.ts';
import { silentLog } from '../../src/telemetry/index.ts';
import { startBreakingLink } from './support/breaking-link.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { installCrds } from './support/crds.ts';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

const patience = { timeout: 45_000, interval: 50 };
const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name },
  data,
});

function follow<T extends KubeObject>(resource: Resource<T>, options: Partial<ReflectorOptions<T>> = {}) {
  const warn = vi.fn();
  const reflector = new Reflector<T>({
    client: plane.client,
    resource,
    log: { ...silentLog, warn },
    ...options,
  });
  const changes: string[] = [];
  reflector.subscribe(({ type, object }) => changes.push(`${type} ${object.metadata.name}`));
  const stop = new AbortController();
  const ended = reflector.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return { reflector, changes, warn };
}

async function create(...names: string[]) {
  for (const name of names) await plane.client.create(resources.configMaps, map(name));
}

/** A few at the same time: a call that waits for hundreds of others takes longer than it may. */
async function createMany(client: KubeClient, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `page-${index}`);
  const labelled = (name: string) => ({
    ...map(name),
    metadata: { ...map(name).metadata, labels: { page: 'yes' } },
  });
  for (let from = 0; from < names.length; from += 20) {
    const some = names.slice(from, from + 20);
    await Promise.all(some.map((name) => client.create(resources.configMaps, labelled(name))));
  }
}

describe('Reflector', () => {
  it('sees what is added, modified and deleted', async () => {
    const { reflector, changes } = follow(resources.configMaps, {
      namespace: 'default',
      labelSelector: '!skip',
    });
    await reflector.synced();
    await create('seen');
    const address = { namespace: 'default', name: 'seen' };
    await plane.client.patch(resources.configMaps, address, { data: { a: '1' } });
    await plane.client.patch(resources.configMaps, address, [{ op: 'replace', path: '/data/a', value: '2' }]);
    await plane.client.delete(resources.configMaps, address);
    await vi.waitFor(() => expect(changes).toContain('deleted seen'), patience);
    expect(changes.filter((change) => change.endsWith(' seen'))).toEqual([
      'added seen',
      'modified seen',
      'modified seen',
      'deleted seen',
    ]);
  });

  it('has many objects, each once', async () => {
    await createMany(plane.client, 620);
    const { reflector, changes } = follow(resources.configMaps, { labelSelector: 'page=yes' });
    await reflector.synced();
    expect(reflector.store.size).toBe(620);
    expect(new Set(changes).size).toBe(620);
    expect(changes).toHaveLength(620);
  });

  it('lists in pages, each object once, where the API server begins no watch with what exists', async () => {
    await using older = await startControlPlane({ featureGates: 'WatchList=false' });
    const { client } = older;
    await createMany(client, 120);
    const { reflector, changes, warn } = follow(resources.configMaps, { client, labelSelector: 'page=yes' });
    await reflector.synced();
    await client.delete(resources.configMaps, { namespace: 'default', name: 'page-7' });
    await vi.waitFor(() => expect(changes).toContain('deleted page-7'), patience);
    expect([new Set(changes).size, changes.length, warn.mock.calls]).toEqual([121, 121, []]);
  });

  it('keeps what it knows while the API server is away, and catches up when it is back', async () => {
    await create('before');
    const { reflector } = follow(resources.configMaps, { namespace: 'default' });
    await reflector.synced();
    await plane.killApiServer();
    await vi.waitFor(
      () => expect(reflector.health).toMatchObject({ ok: false, reason: 'Unreachable' }),
      patience,
    );
    expect(reflector.store.get('default/before')).toBeDefined();

    await plane.startApiServer();
    await create('after');
    await plane.client.delete(resources.configMaps, { namespace: 'default', name: 'before' });
    await vi.waitFor(() => expect(reflector.store.get('default/after')).toBeDefined(), patience);
    await vi.waitFor(() => expect(reflector.store.get('default/before')).toBeUndefined(), patience);
    // After a list, once the watch is open.
    await vi.waitFor(() => expect(reflector.health).toEqual({ ok: true }), patience);
  });

  it('keeps nothing that is gone when etcd is restored from a backup, and sees what is written then', async () => {
    await create('kept');
    await plane.backUp();
    await create(...Array.from({ length: 30 }, (_, index) => `lost-${index}`));
    const { reflector } = follow(resources.configMaps, { namespace: 'default' });
    await reflector.synced();
    expect(reflector.store.get('default/lost-29')).toBeDefined();

    await plane.restoreBackup();
    // At a version that this reflector has seen before.
    await create('written-then');
    await vi.waitFor(() => expect(reflector.store.get('default/written-then')).toBeDefined(), patience);
    await vi.waitFor(() => expect(reflector.store.get('default/lost-29')).toBeUndefined(), patience);
    expect(reflector.store.get('default/kept')).toBeDefined();
  });

  it('sees every change through connections that are slow and break again and again', async () => {
    await using link = await startBreakingLink(Number(new URL(plane.cluster.server).port));
    const client = new KubeClient({ ...plane.cluster, server: `https://127.0.0.1:${link.port}` });
    onTestFinished(() => client.close());
    const { reflector } = follow(resources.configMaps, {
      client,
      namespace: 'default',
      labelSelector: 'flapping=yes',
    });
    link.delayMs = 20;
    await reflector.synced();
    const breaking = link.breakEvery(400);
    const names = Array.from({ length: 40 }, (_, index) => `flapping-${index}`);
    for (const name of names) {
      const labelled = {
        ...map(name),
        metadata: { namespace: 'default', name, labels: { flapping: 'yes' } },
      };
      await plane.client.create(resources.configMaps, labelled);
      await plane.client.patch(
        resources.configMaps,
        { namespace: 'default', name },
        { data: { state: 'last' } },
      );
    }
    await plane.client.delete(resources.configMaps, { namespace: 'default', name: 'flapping-0' });
    await vi.waitFor(() => expect(link.broken).toBeGreaterThan(4), patience);
    breaking.stop();
    const states = () =>
      reflector.store.list().map(({ metadata, data }) => `${metadata.name} ${data?.['state']}`);
    const expected = names.slice(1).map((name) => `${name} last`);
    await vi.waitFor(() => expect(states().sort()).toEqual(expected.toSorted()), patience);
  });

  it('says that a CRD is missing, and follows it once it is there', async () => {
    const { reflector, warn } = follow(resources.egressRuleSets);
    await vi.waitFor(() => expect(reflector.health).toMatchObject({ reason: 'CrdMissing' }), patience);
    expect(reflector.hasSynced).toBe(false);
    await installCrds(plane.client);
    await vi.waitFor(() => expect(reflector.hasSynced).toBe(true), patience);
    // A CRD that is being taken up can be refused in other words for a moment.
    expect(warn.mock.calls.filter(([{ reason }]) => reason === 'CrdMissing')).toHaveLength(1);
  });

  it('says that a permission is missing, and continues once it is granted', async () => {
    const client = plane.as('reader');
    const { reflector, warn } = follow(resources.nodes, { client });
    await vi.waitFor(() => expect(reflector.health).toMatchObject({ reason: 'PermissionDenied' }), patience);
    await plane.client.create(resources.clusterRoles, {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] }],
    });
    await plane.client.create(resources.clusterRoleBindings, {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'reader' }],
    });
    await vi.waitFor(() => expect(reflector.hasSynced).toBe(true), patience);
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe('KubeClient', () => {
  it('learns that a version is too old', async () => {
    const options = { resourceVersion: '1', timeoutSeconds: 10, idleTimeoutMs: 10_000 };
    const watch = plane.client.watch(resources.configMaps, options, keyOf);
    const reading = (async () => {
      for await (const _ of watch);
    })();
    await expect(reading).rejects.toMatchObject({ status: 410, reason: 'Expired' });
  });

  it('applies again and again without a change, and gives up only the fields of its manager', async () => {
    const options = { fieldManager: 'kube-egress', force: true };
    const first = await plane.client.apply(map('applied', { ours: '1', later: 'dropped' }), options);
    await plane.client.patch(resources.configMaps, first.metadata, { data: { theirs: '1' } });
    const second = await plane.client.apply(map('applied', { ours: '1' }), options);
    expect(second.data).toEqual({ ours: '1', theirs: '1' });
    const third = await plane.client.apply(map('applied', { ours: '1' }), options);
    expect(third.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  });

  it("refuses another manager's field unless it is forced", async () => {
    await plane.client.apply(map('contested', { a: '1' }), { fieldManager: 'one' });
    const other = plane.client.apply(map('contested', { a: '2' }), { fieldManager: 'two' });
    await expect(other).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
    const forced = await plane.client.apply(map('contested', { a: '2' }), {
      fieldManager: 'two',
      force: true,
    });
    expect(forced.data).toEqual({ a: '2' });
  });

  it('keeps fields that our types do not have', async () => {
    const crd = await plane.client.apply(
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'things.example.org' },
        spec: {
          group: 'example.org',
          scope: 'Namespaced',
          names: { kind: 'Thing', plural: 'things' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  'x-kubernetes-preserve-unknown-fields': true,
                },
              },
            },
          ],
        },
      },
      { fieldManager: 'test' },
    );
    expect(crd).toHaveProperty(
      'spec.versions.0.schema.openAPIV3Schema.x-kubernetes-preserve-unknown-fields',
      true,
    );
  });

  it('writes a status apart from its spec', async () => {
    await installCrds(plane.client);
    const ruleSet: EgressRuleSet = {
      apiVersion: 'zalando.org/v1',
      kind: 'EgressRuleSet',
      metadata: { namespace: 'default', name: 'app' },
      spec: { targets: ['example.com:443'] },
    };
    await plane.client.apply(ruleSet, { fieldManager: 'team' });
    const { apiVersion, kind, metadata } = ruleSet;
    const status = { observedGeneration: 1, targets: 1 };
    const applied = await plane.client.applyStatus(
      { apiVersion, kind, metadata, status },
      { fieldManager: 'kube-egress', force: true },
    );
    expect(applied).toMatchObject({ metadata: { generation: 1 }, spec: ruleSet.spec, status });
  });

  it('deletes only the object that was looked at', async () => {
    await create('other');
    const address = { namespace: 'default', name: 'other' };
    const wrong = plane.client.delete(resources.configMaps, address, { preconditions: { uid: 'another' } });
    await expect(wrong).rejects.toMatchObject({ reason: 'Conflict' });
    expect(await plane.client.delete(resources.configMaps, address)).toBe(true);
    expect(await plane.client.delete(resources.configMaps, address)).toBe(false);
  });
});

describe('runWhenLeader', () => {
  it('lets one of two candidates lead, and the other one when that stops', async () => {
    let leading = 0;
    const order: string[] = [];
    const start = (identity: string) => {
      const stop = new AbortController();
      // A released Lease is taken immediately, however long it would have been valid.
      const times = { leaseDurationMs: 30_000, renewDeadlineMs: 20_000, retryPeriodMs: 200 };
      const lock = { client: plane.client, namespace: 'default', name: 'election' };
      const ended = runWhenLeader(
        { ...lock, ...times, identity, log: silentLog, signal: stop.signal },
        (signal) => {
          leading += 1;
          order.push(identity);
          expect(leading).toBe(1);
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              leading -= 1;
              resolve();
            });
          });
        },
      );
      return { stop, ended };
    };
    const candidates = { a: start('a'), b: start('b') };
    await vi.waitFor(() => expect(order).toHaveLength(1), patience);
    const first = order[0] === 'a' ? candidates.a : candidates.b;
    first.stop.abort();
    await first.ended;
    await vi.waitFor(() => expect(order).toHaveLength(2), patience);
    expect(new Set(order)).toEqual(new Set(['a', 'b']));
    for (const { stop, ended } of Object.values(candidates)) {
      stop.abort();
      await ended;
    }
  });
});

describe('EventRecorder', () => {
  it('writes Events that the API server takes', async () => {
    const warn = vi.fn();
    const log = { ...silentLog, warn };
    const recorder = new EventRecorder({
      client: plane.client,
      component: 'kube-egress-test',
      instance: 'test-0',
      namespace: 'default',
      log,
    });
    for (let time = 0; time < 2; time += 1) {
      recorder.record(map('regarded'), 'Warning', 'NoMatchingRule', 'may not leave');
      recorder.record(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
        'Normal',
        'Ready',
        'ready',
      );
      await recorder.flush();
    }
    expect(warn).not.toHaveBeenCalled();
    const { items } = await plane.client.list(resources.events, { fieldSelector: 'source=kube-egress-test' });
    expect(items.map(({ reason, count }) => `${reason} ${count}`).sort()).toEqual([
      'NoMatchingRule 2',
      'Ready 2',
    ]);
  });
});
