import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annotation, type EgressProxy, label, MANAGER } from '../../src/api/index.ts';
import { type Resource, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { conditionOf, defaultProxy, find } from './support/objects.ts';
import type { RunningController } from './support/running-controller.ts';

const NAMESPACE = 'egress-proxy';
let stage: Stage;
let running: RunningController;

beforeAll(async () => {
  stage = await startStage();
  running = stage.startController();
  await stage.client.create(resources.egressProxies, defaultProxy());
}, 180_000);
afterAll(() => stage?.stop());

const everyField: EgressProxy['spec'] = {
  port: 8080,
  resources: { requests: { cpu: '500m', memory: '256Mi' } },
  nodeSelector: { pool: 'egress' },
  tolerations: [{ key: 'egress', operator: 'Exists', effect: 'NoSchedule' }],
  upstreams: [
    {
      name: 'parent',
      host: '10.9.8.7',
      port: 3128,
      credentialsSecretRef: { name: 'parent' },
      tls: { caConfigMapRef: { name: 'parent-ca' } },
    },
  ],
  privateCIDRs: ['10.9.0.0/16'],
  service: { type: 'NodePort', nodePort: 30128 },
};
const proxyNow = (name = 'squid') => find(stage.client, resources.egressProxies, name, NAMESPACE);
const parts: [Resource, string, string?][] = [
  [resources.serviceAccounts, 'squid-agent', NAMESPACE],
  [resources.configMaps, 'squid-squid', NAMESPACE],
  [resources.secrets, 'squid-agent-tls', NAMESPACE],
  [resources.networkPolicies, 'squid-ingress', NAMESPACE],
  [resources.networkPolicies, 'squid-egress', NAMESPACE],
  [resources.services, 'squid', NAMESPACE],
  [resources.deployments, 'squid', NAMESPACE],
  [resources.podDisruptionBudgets, 'squid', NAMESPACE],
];

describe('an EgressProxy', () => {
  test('becomes its objects, with the rights of the ServiceAccount alone', async () => {
    for (const [resource, name, namespace] of parts) {
      await until(`${resource.kind} ${name}`, find(stage.client, resource, name, namespace));
    }
    expect(running.complaints.filter((line) => line.includes('Forbidden'))).toEqual([]);
  });

  test('says how it stands and what was found out about the cluster', async () => {
    const proxy = await until(
      'a status, once the API server has told its own address',
      proxyNow(),
      (found) =>
        conditionOf(found, 'Programmed') === 'False NoReadyReplica' &&
        found?.status?.discovered?.apiServer?.length === 1,
    );
    expect(conditionOf(proxy, 'Accepted')).toBe('True Accepted');
    expect(conditionOf(proxy, 'Programmed')).toBe('False NoReadyReplica');
    expect(conditionOf(proxy, 'Ready')).toBe('False NoReadyReplica');
    expect(proxy?.status).toMatchObject({
      url: 'http://squid.egress-proxy.svc.cluster.local:3128',
      discovered: {
        clusterDomain: 'cluster.local',
        serviceCIDRs: ['10.96.0.0/16'],
        apiServer: [{ address: '192.0.2.10' }],
        apiServerClusterIPs: ['10.96.0.1'],
      },
    });
    expect(proxy?.status?.effectiveNoProxy).toContain('10.96.0.0/16');
  });

  test('its agents have their rights, and no other binding is written', async () => {
    const { subjects } = await stage.client.get(resources.clusterRoleBindings, {
      name: 'kube-egress-agents',
    });
    expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'squid-agent', namespace: NAMESPACE }]);
    await stage.client.delete(resources.clusterRoleBindings, { name: 'kube-egress-agents' });
    const binding = find(stage.client, resources.clusterRoleBindings, 'kube-egress-agents');
    await until('the binding again', binding, (now) => now?.subjects?.[0]?.name === 'squid-agent');
  });

  test('a part that is deleted comes back', async () => {
    for (const [resource, name, namespace] of parts) {
      const before = await stage.client.get(resource, { name, namespace });
      await stage.client.delete(resource, { name, namespace }, { propagationPolicy: 'Background' });
      await until(`${resource.kind} ${name} again`, find(stage.client, resource, name, namespace), (now) => {
        return now !== undefined && now.metadata.uid !== before.metadata.uid;
      });
    }
  });

  test('the Service keeps its address', async () => {
    const proxy = await until(
      'the address in the spec',
      proxyNow(),
      (now) => now?.spec.service?.clusterIP !== undefined,
    );
    const service = find(stage.client, resources.services, 'squid', NAMESPACE);
    const before = await service();
    await stage.client.delete(resources.services, { namespace: NAMESPACE, name: 'squid' });
    const after = await until(
      'the Service again',
      service,
      (now) => now !== undefined && now.metadata.uid !== before?.metadata.uid,
    );
    expect(after?.spec?.clusterIP).toBe(proxy?.spec.service?.clusterIP);
  });

  test('an edit is undone', async () => {
    const address = { namespace: NAMESPACE, name: 'squid-squid' };
    await stage.client.patch(resources.configMaps, address, {
      data: { 'squid.conf': 'http_access allow all' },
    });
    await until(
      'our text',
      find(stage.client, resources.configMaps, address.name, NAMESPACE),
      (map) => map?.data?.['squid.conf'] !== 'http_access allow all',
    );
    await stage.client.patch(
      resources.networkPolicies,
      { namespace: NAMESPACE, name: 'squid-egress' },
      { spec: { egress: [{}] } },
    );
    await until(
      'our policy',
      find(stage.client, resources.networkPolicies, 'squid-egress', NAMESPACE),
      (policy) => {
        return (policy?.spec?.egress ?? []).every(({ to }) => to !== undefined);
      },
    );
  });

  test('one of our labels that is removed comes back', async () => {
    const address = { namespace: NAMESPACE, name: 'squid' };
    await stage.client.patch(resources.deployments, address, {
      metadata: { labels: { [label.managedBy]: null } },
    });
    await until('the label', find(stage.client, resources.deployments, 'squid', NAMESPACE), (now) => {
      return now?.metadata.labels?.[label.managedBy] === MANAGER;
    });
  });

  test('what carries its label and is not wanted goes', async () => {
    const metadata = {
      name: 'left-over',
      namespace: NAMESPACE,
      labels: { [label.managedBy]: MANAGER, [label.ownerProxy]: `${NAMESPACE}.squid` },
    };
    await stage.client.create(resources.configMaps, { metadata });
    const leftOver = find(stage.client, resources.configMaps, metadata.name, NAMESPACE);
    await until('it is gone', leftOver, (now) => now === undefined);
  });

  test('a converged state plans nothing', async () => {
    await createProxy('other', everyField);
    await until('the other one', find(stage.client, resources.deployments, 'other', NAMESPACE));
    await untilRest();
    running.applied.length = 0;
    // Changes that make every plan again but change no object; the third one is worked on after them.
    for (const name of ['squid', 'other']) {
      const metadata = { annotations: { note: 'x' } };
      await stage.client.patch(resources.egressProxies, { namespace: NAMESPACE, name }, { metadata });
    }
    await createProxy('third');
    await until('the third one', find(stage.client, resources.deployments, 'third', NAMESPACE));
    await untilRest();
    // The agents of the third one are added to the binding of all agents.
    const expected = /third|kube-egress-agents$/;
    expect(running.applied.filter((object) => !expected.test(object))).toEqual([]);
  });

  test('another certificate by which a parent is verified rolls the Deployment', async () => {
    const authority = { namespace: NAMESPACE, name: 'rolled-ca' };
    const upstream = { name: 'parent', host: '10.9.8.7', port: 3128 };
    const hash = async () =>
      (await find(stage.client, resources.deployments, 'rolled', NAMESPACE)())?.spec?.template.metadata
        ?.annotations?.[annotation.configHash];
    await stage.client.create(resources.configMaps, { metadata: authority, data: { 'ca.crt': 'old' } });
    await createProxy('rolled', {
      upstreams: [{ ...upstream, tls: { caConfigMapRef: { name: authority.name } } }],
    });
    const before = await until('its Deployment', hash);
    await stage.client.patch(resources.configMaps, authority, { data: { 'ca.crt': 'new' } });
    await until('another hash', hash, (now) => now !== before);
  });

  test('a spec that does not parse is reported, and the running configuration is kept', async () => {
    await patchSpec({ privateCIDRs: ['not-a-range'] });
    const proxy = await until(
      'Accepted False',
      proxyNow(),
      (now) => conditionOf(now, 'Accepted') === 'False Invalid',
    );
    expect(JSON.stringify(proxy?.status?.conditions)).toContain('spec.privateCIDRs[0]');
    expect(
      await stage.client.find(resources.deployments, { namespace: NAMESPACE, name: 'squid' }),
    ).toBeDefined();
    await patchSpec({ privateCIDRs: [] });
    await until('Accepted True', proxyNow(), (now) => conditionOf(now, 'Accepted') === 'True Accepted');
  });

  test('an object that kube-egress does not manage is a conflict, until it is handed over', async () => {
    await stage.client.create(resources.configMaps, {
      metadata: { name: 'taken-squid', namespace: NAMESPACE },
      data: { mine: 'x' },
    });
    await createProxy('taken');
    await until(
      'the conflict',
      proxyNow('taken'),
      (now) => conditionOf(now, 'Programmed') === 'False Conflict',
    );
    const theirs = await stage.client.get(resources.configMaps, {
      namespace: NAMESPACE,
      name: 'taken-squid',
    });
    expect(theirs.data).toEqual({ mine: 'x' });
    await stage.client.patch(
      resources.configMaps,
      { namespace: NAMESPACE, name: 'taken-squid' },
      {
        metadata: { annotations: { [annotation.adopt]: 'true' } },
      },
    );
    await until(
      'ours',
      find(stage.client, resources.configMaps, 'taken-squid', NAMESPACE),
      (now) => now?.data?.['squid.conf'] !== undefined,
      { limitMs: 60_000 },
    );
  });

  test('with autoscaling the number of replicas is the autoscaler’s, and never falls on the way there', async () => {
    const address = { name: 'squid', namespace: NAMESPACE };
    const deploymentNow = find(stage.client, resources.deployments, 'squid', NAMESPACE);
    const setSpec = (spec: object) => stage.client.patch(resources.egressProxies, address, { spec });
    await setSpec({ replicas: 3 });
    await until('three replicas', deploymentNow, (found) => found?.spec?.replicas === 3);
    const seen: (number | undefined)[] = [];
    await setSpec({ replicas: null, autoscaling: { minReplicas: 2, maxReplicas: 6 } });
    const autoscaler = find(stage.client, resources.horizontalPodAutoscalers, 'squid', NAMESPACE);
    await until('the autoscaler', autoscaler);
    const isHandedOver = (found: Awaited<ReturnType<typeof deploymentNow>>) => {
      seen.push(found?.spec?.replicas);
      const ours = found?.metadata.managedFields?.find(({ manager }) => manager === MANAGER);
      return ours !== undefined && !JSON.stringify(ours.fieldsV1).includes('f:replicas');
    };
    await until('we let go of the number', deploymentNow, isHandedOver);
    expect(new Set(seen)).toEqual(new Set([3]));
    // As the autoscaler does it.
    await stage.client.patch(
      resources.deployments,
      { ...address, subresource: 'scale' },
      { spec: { replicas: 5 } },
    );
    const { resourceVersion } = (await deploymentNow())?.metadata ?? {};
    await setSpec({ autoscaling: { minReplicas: 2, maxReplicas: 7 } });
    await until('the next pass', autoscaler, (found) => found?.spec?.maxReplicas === 7);
    const after = await deploymentNow();
    expect([after?.spec?.replicas, after?.metadata.resourceVersion]).toEqual([5, resourceVersion]);
    await setSpec({ replicas: 2, autoscaling: null });
    await until('the number is ours again', deploymentNow, (found) => found?.spec?.replicas === 2);
    await until('without an autoscaler', autoscaler, (found) => found === undefined);
  });

  test('what is left of one that is deleted is collected by label', async () => {
    await stage.client.delete(resources.egressProxies, { namespace: NAMESPACE, name: 'other' });
    for (const [resource, name, namespace] of parts) {
      await until(
        `no ${resource.kind}`,
        find(stage.client, resource, name.replace('squid', 'other'), namespace),
        (now) => now === undefined,
      );
    }
    await until('its agents have no rights', boundAgents, (now) => !now.includes('other-agent'));
    expect(await boundAgents()).toContain('squid-agent');
  });
});

async function boundAgents(): Promise<string[]> {
  const binding = await stage.client.get(resources.clusterRoleBindings, { name: 'kube-egress-agents' });
  return (binding.subjects ?? []).map(({ name }) => name);
}

async function patchSpec(
  spec: { [Field in keyof EgressProxy['spec']]: EgressProxy['spec'][Field] | null },
): Promise<void> {
  await stage.client.patch(resources.egressProxies, { namespace: NAMESPACE, name: 'squid' }, { spec });
}

function createProxy(name: string, spec: EgressProxy['spec'] = {}) {
  const { metadata: _, ...rest } = defaultProxy(name, spec);
  return stage.client.create(resources.egressProxies, { ...rest, metadata: { name, namespace: NAMESPACE } });
}

/** Nothing is being written, and nothing has been in forty looks, a second in all. */
async function untilRest(): Promise<void> {
  let last = -1;
  let times = 0;
  await until(
    'rest',
    async () => running.applied.length,
    (written) => {
      times = running.underWay === 0 && written === last ? times + 1 : 0;
      last = written;
      return times >= 40;
    },
  );
}
