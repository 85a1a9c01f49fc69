import { afterAll, beforeAll, expect, test } from 'vitest';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, defaultProxy, find } from './support/objects.ts';
import { mayList } from './support/running-controller.ts';

const ROLE = { name: 'kube-egress-controller' };
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 180_000);
afterAll(() => stage?.stop());

test('a missing permission is named in the log, at /readyz and on the EgressProxy; once granted, work continues', async () => {
  const role = await stage.client.get(resources.clusterRoles, ROLE);
  const rules = (role.rules ?? []).filter(({ resources: named }) => !named?.includes('deployments'));
  await stage.client.patch(resources.clusterRoles, ROLE, { rules });
  await until(
    'the permission is gone',
    () => mayList(stage.plane, resources.deployments),
    (may) => !may,
  );
  await stage.client.create(resources.egressProxies, defaultProxy());
  const { controller, complaints } = stage.startController();

  const proxy = find(stage.client, resources.egressProxies, 'squid', 'egress-proxy');
  const told = await until(
    'PermissionDenied',
    proxy,
    (now) => conditionOf(now, 'Programmed') === 'False PermissionDenied',
  );
  expect(JSON.stringify(told?.status)).toContain('deployments.apps');
  expect(controller.notReady().join('\n')).toContain('deployments.apps');
  expect(complaints.join('\n')).toContain('deployments.apps');

  await stage.client.patch(resources.clusterRoles, ROLE, { rules: role.rules });
  await until(
    'the Deployment',
    find(stage.client, resources.deployments, 'squid', 'egress-proxy'),
    undefined,
    { limitMs: 100_000 },
  );
  expect(controller.notReady()).toEqual([]);
});
