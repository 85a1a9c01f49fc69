import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { defaultProxy, find } from './support/objects.ts';
import { PRODUCT } from './support/running-controller.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 180_000);
afterAll(() => stage?.stop());

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
