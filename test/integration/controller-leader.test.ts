import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { label } from '../../src/api/index.ts';
import { NAMESPACE_POLICY } from '../../src/enforcement/index.ts';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { createNamespace, defaultProxy, find, runPod } from './support/objects.ts';
import { PRODUCT } from './support/running-controller.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 180_000);
afterAll(() => stage?.stop());

/** Namespaces that are still open when the controller starts; each has PODS pods without variables, and a rule set. */
const NAMESPACES = 20;
const PODS = 5;

async function ensureDefault(): Promise<void> {
  const proxy = defaultProxy('one');
  if ((await deployment('one')()) === undefined) await stage.client.create(resources.egressProxies, proxy);
}

async function createOpen(namespace: string): Promise<void> {
  await createNamespace(stage.client, namespace, { [label.mode]: 'enforce' });
  const pods = Array.from({ length: PODS }, (_, number) => `app-${number}`);
  await Promise.all(pods.map((name) => runPod(stage.client, { namespace, name })));
  await stage.client.create(resources.egressRuleSets, {
    metadata: { namespace, name: 'rules' },
    spec: { targets: ['api.example.com:443'] },
  });
}

const deployment = (name: string) => find(stage.client, resources.deployments, name, 'egress-proxy');

describe('two controllers', () => {
  test('one leads, both are ready; when it ends the other one takes over', async () => {
    const first = stage.startController({ identity: 'first' });
    await until('the first leads', async () => first.controller.leading, Boolean);
    const second = stage.startController({ identity: 'second' });
    await until(
      'the second is ready',
      async () => second.controller.notReady(),
      (reasons) => reasons.length === 0,
    );
    expect(second.controller.leading).toBe(false);
    await stage.client.create(resources.egressProxies, defaultProxy('one'));
    await until('the work of the first', deployment('one'));

    await first.stop();
    const lease = await stage.client.get(resources.leases, {
      namespace: PRODUCT,
      name: 'kube-egress-controller',
    });
    expect(lease.spec?.holderIdentity).not.toBe('first');
    await until('the second leads', async () => second.controller.leading, Boolean);
    await stage.client.delete(resources.deployments, { namespace: 'egress-proxy', name: 'one' });
    await until('the work of the second', deployment('one'));
  });

  test('changes made while no controller led are reconciled', async () => {
    for (const name of ['one', 'gone']) await ensureProxy(name);
    await until('both', deployment('gone'));
    await stage.stopControllers();
    await stage.client.delete(resources.services, { namespace: 'egress-proxy', name: 'one' });
    await stage.client.delete(resources.egressProxies, { namespace: 'egress-proxy', name: 'gone' });
    stage.startController({ identity: 'third' });
    await until('the Service', find(stage.client, resources.services, 'one', 'egress-proxy'));
    await until('nothing of the one that is gone', deployment('gone'), (now) => now === undefined);
  });

  test('every namespace is closed before the first status and Event of one, however many there are', async () => {
    await stage.stopControllers();
    await ensureDefault();
    for (let number = 0; number < NAMESPACES; number += 1) await createOpen(`open-${number}`);
    const { writes } = stage.startController({ identity: 'late' });
    const written = (pattern: RegExp) => writes.filter((write) => pattern.test(write));
    await until('each has its statuses and an Event', () =>
      Array.from({ length: NAMESPACES }, (_, number) => number).every(
        (number) =>
          writes.includes(`status of EgressActivity open-${number}/observed`) &&
          writes.includes(`status of EgressRuleSet open-${number}/rules`) &&
          writes.includes(`Event on EgressActivity open-${number}/observed`),
      ),
    );
    const closed = Array.from({ length: NAMESPACES }, (_, number) =>
      writes.indexOf(`NetworkPolicy open-${number}/${NAMESPACE_POLICY}`),
    );
    expect(Math.min(...closed)).toBeGreaterThanOrEqual(0);
    const before = writes.slice(0, Math.max(...closed));
    expect(before.filter((write) => /^(Event on|status of|EgressActivity) .*open-\d+\//.test(write))).toEqual(
      [],
    );
    // Events come only after each has its statuses.
    const firstEvent = writes.findIndex((write) => /^Event on .*open-/.test(write));
    const firstStatuses = new Set(
      writes.slice(0, firstEvent).filter((write) => /^status of .*open-/.test(write)),
    );
    expect(firstStatuses.size).toBe(2 * NAMESPACES);
    // Of many pods with the same trouble, one Event for each namespace.
    expect(written(/^Event on Pod open-/)).toEqual([]);
  });

  test('the next leader neither closes them nor reports them again', async () => {
    await stage.stopControllers();
    await createOpen('late');
    const { writes } = stage.startController({ identity: 'next' });
    // Events come when every status is as it should be.
    await until('an Event of the new one', () => writes.includes('Event on EgressActivity late/observed'));
    expect(writes.filter((write) => /^(NetworkPolicy|Event on \w+) open-/.test(write))).toEqual([]);
  });

  test('a crashed API server is waited for', async () => {
    await stage.plane.killApiServer();
    await stage.plane.startApiServer();
    await stage.client.delete(resources.deployments, { namespace: 'egress-proxy', name: 'one' });
    await until('the Deployment again', deployment('one'), undefined, { limitMs: 100_000 });
  });
});

async function ensureProxy(name: string): Promise<void> {
  const { metadata, ...rest } = defaultProxy(name);
  const plain = { ...rest, metadata: { name: metadata.name, namespace: 'egress-proxy' } };
  await stage.client.apply(plain, { fieldManager: 'test', force: true });
}
