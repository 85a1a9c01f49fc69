import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { letRunProxies, type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, createNamespace, defaultProxy, find } from './support/objects.ts';
import { asController, isAllowed, mayList } from './support/running-controller.ts';

const ROLE = { name: 'kube-egress-controller' };
let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 180_000);
afterAll(() => stage?.stop());

describe('the account of the controller', () => {
  const controller = () => asController(stage.plane);
  const secret = (namespace: string, name: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
  });
  const write = (object: { apiVersion: string; kind: string; metadata: { name: string } }) =>
    isAllowed(controller().apply(object, { fieldManager: 'test' }));
  beforeAll(async () => {
    await createNamespace(stage.client, 'team');
    await stage.client.create(resources.secrets, secret('team', 'theirs'));
    await stage.client.create(resources.secrets, secret('kube-egress-system', 'registry'));
  });

  test.each([
    [
      'a Secret of a tenant',
      () => controller().get(resources.secrets, { namespace: 'team', name: 'theirs' }),
    ],
    ['every Secret', () => controller().list(resources.secrets)],
    [
      'another Secret of its own namespace',
      () => controller().get(resources.secrets, { namespace: 'kube-egress-system', name: 'registry' }),
    ],
    ['every ConfigMap', () => controller().list(resources.configMaps)],
    ['every ServiceAccount', () => controller().list(resources.serviceAccounts)],
  ])('cannot read %s', async (_, call) => {
    expect(await isAllowed(call())).toBe(false);
  });

  test.each([
    ['a Deployment of a tenant', 'apps/v1', 'Deployment', 'team', 'x'],
    ['a Deployment in its own namespace', 'apps/v1', 'Deployment', 'kube-egress-system', 'x'],
    ['a ServiceAccount of a tenant', 'v1', 'ServiceAccount', 'team', 'x'],
    ['another ConfigMap of a tenant', 'v1', 'ConfigMap', 'team', 'x'],
    ['a Secret with the name of its authority elsewhere', 'v1', 'Secret', 'team', 'kube-egress-ca'],
    ['another ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', undefined, 'x'],
  ])('cannot write %s', async (_, apiVersion, kind, namespace, name) => {
    const metadata = { name, ...(namespace !== undefined && { namespace }) };
    expect(await write({ apiVersion, kind, metadata })).toBe(false);
  });

  test('cannot bind another role by the binding of the agents', async () => {
    await stage.client.delete(resources.clusterRoleBindings, { name: 'kube-egress-agents' });
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'kube-egress-agents' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'kube-egress-controller', namespace: 'kube-egress-system' }],
    };
    expect(await write(binding)).toBe(false);
  });

  test('may still write a NetworkPolicy in any namespace', async () => {
    const metadata = { name: 'theirs', namespace: 'team' } as { name: string };
    expect(await write({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata })).toBe(true);
  });

  test('may make a trust bundle for any tenant, by its name', async () => {
    expect(
      await write({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'kube-egress-trust-bundle', namespace: 'team' } as { name: string },
      }),
    ).toBe(true);
  });
});

test('a missing permission is named in the log, at /readyz and on the EgressProxy; once granted, work continues', async () => {
  const role = await stage.client.get(resources.clusterRoles, ROLE);
  const rules = (role.rules ?? []).filter(({ resources: named }) => !named?.includes('networkpolicies'));
  await stage.client.patch(resources.clusterRoles, ROLE, { rules });
  await until(
    'the permission is gone',
    () => mayList(stage.plane, resources.networkPolicies),
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
  expect(JSON.stringify(told?.status)).toContain('networkpolicies.networking.k8s.io');
  expect(controller.notReady().join('\n')).toContain('networkpolicies.networking.k8s.io');
  expect(complaints.join('\n')).toContain('networkpolicies.networking.k8s.io');

  await stage.client.patch(resources.clusterRoles, ROLE, { rules: role.rules });
  await until(
    'the Deployment',
    find(stage.client, resources.deployments, 'squid', 'egress-proxy'),
    undefined,
    { limitMs: 100_000 },
  );
  expect(controller.notReady()).toEqual([]);
});

describe('an EgressProxy in a namespace without rights', () => {
  const proxyIn = (namespace: string, name = 'squid') => ({
    ...defaultProxy(name),
    metadata: { name, namespace },
  });
  const proxy = () => stage.client.find(resources.egressProxies, { namespace: 'unready', name: 'squid' });

  test('says so with the command that helps, and disturbs no other', async () => {
    await createNamespace(stage.client, 'unready');
    await stage.client.create(resources.egressProxies, proxyIn('unready'));
    const told = await until(
      'RightsMissing',
      proxy,
      (now) => conditionOf(now, 'Programmed') === 'False RightsMissing',
    );
    const message = (told?.status?.conditions ?? []).find(({ type }) => type === 'Programmed')?.message ?? '';
    expect(message).toContain('secrets');
    expect(message).toContain('deployments.apps');
    await stage.client.create(resources.egressProxies, proxyIn('egress-proxy', 'later'));
    await until(
      'the Deployment of another one',
      find(stage.client, resources.deployments, 'later', 'egress-proxy'),
    );
    expect(await find(stage.client, resources.serviceAccounts, 'squid-agent', 'unready')()).toBeUndefined();

    const command = /run (kubectl .*)$/.exec(message)?.[1];
    const done = await bash(`KUBECONFIG=${stage.plane.kubeconfig} ${command}`);
    expect(done.code, done.stderr).toBe(0);
    await until('its Deployment', find(stage.client, resources.deployments, 'squid', 'unready'), undefined, {
      limitMs: 60_000,
    });
    await until('NoReadyReplica', proxy, (now) => conditionOf(now, 'Programmed') === 'False NoReadyReplica');
  });

  test('says so again when the rights are taken away and something is to be written', async () => {
    await stage.client.delete(resources.roleBindings, {
      namespace: 'unready',
      name: 'kube-egress-controller',
    });
    await until(
      'the rights are gone',
      () => mayList(stage.plane, resources.secrets, 'unready'),
      (may) => !may,
    );
    await stage.client.patch(
      resources.egressProxies,
      { namespace: 'unready', name: 'squid' },
      { spec: { replicas: 5 } },
    );
    await until('RightsMissing', proxy, (now) => conditionOf(now, 'Programmed') === 'False RightsMissing');
    await letRunProxies(stage.client, 'unready');
    await until(
      'the change',
      find(stage.client, resources.deployments, 'squid', 'unready'),
      (now) => now?.spec?.replicas === 5,
      { limitMs: 60_000 },
    );
  });
});
