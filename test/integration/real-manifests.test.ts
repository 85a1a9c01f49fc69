import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annotation, label } from '../../src/api/index.ts';
import { type KubeClient, type Pod, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type Application, applications, type Workload } from './support/applications/index.ts';
import { podOf, podsOf, workloadObject } from './support/applications/kubernetes-objects.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { guardWait } from './support/guards/attempt.ts';
import { applyManifest, readManifests } from './support/manifests.ts';
import { egressProxy, named, type RunningWebhook, startWebhookProcess } from './support/webhook.ts';

/** Who makes the pods of a workload. */
const controllerOf: Record<Workload['kind'], string> = {
  Deployment: 'replicaset-controller',
  StatefulSet: 'statefulset-controller',
  DaemonSet: 'daemon-set-controller',
  Job: 'job-controller',
  CronJob: 'job-controller',
  Pod: 'job-controller',
};
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
const containerLists = ['initContainers', 'containers'] as const;

let plane: ControlPlane;
let webhook: RunningWebhook;
let tenant: KubeClient;
const controllers = new Map<string, KubeClient>();

beforeAll(async () => {
  plane = await startControlPlane();
  webhook = await startWebhookProcess(plane);
  const { client } = plane;
  // The controller narrows this guard to namespaces in strict mode: none of these is.
  const isStrict = ({ metadata }: { metadata: { name: string } }) =>
    metadata.name === 'kube-egress-strict-mode';
  for (const guard of await readManifests('guards')) if (!isStrict(guard)) await applyManifest(client, guard);
  await client.create(resources.namespaces, named('v1', 'Namespace', 'egress-proxy'));
  await client.create(resources.egressProxies, egressProxy('squid', {}, true));
  await client.create(resources.namespaces, named('v1', 'Namespace', 'plain'));
  for (const mode of ['observe', 'enforce']) {
    await client.create(resources.namespaces, named('v1', 'Namespace', mode, { [label.mode]: mode }));
  }
  await client.raw('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    method: 'POST',
    body: {
      metadata: { name: 'tenants' },
      // The role `edit` itself is empty here: no controller aggregates it.
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'system:aggregate-to-edit',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'tenants' }],
    },
  });
  tenant = plane.as('tom', ['tenants']);
  for (const name of new Set(Object.values(controllerOf))) {
    controllers.set(name, plane.as(`system:serviceaccount:kube-system:${name}`));
  }
  await until('pods are injected', async () => isInjected(await createPod(firstOf(applications), 'observe')));
  const workload = applications.flatMap(({ workloads }) => workloads).find(({ refused }) => refused);
  const policy = applications
    .flatMap(({ networkPolicies = [] }) => networkPolicies)
    .find(({ refused }) => refused);
  if (workload === undefined || policy === undefined) throw new Error('no application is refused anything');
  // By its text: RBAC refuses too, until the API server knows the binding.
  await until(
    'the guards refuse',
    async () => [
      (await refusal(createPod(workload, 'enforce'))) ?? '',
      (await refusal(createPolicy(policy, 'enforce'))) ?? '',
    ],
    ([pod = '', egress = '']) =>
      pod.includes(workload.refused ?? '') && egress.includes(policy.refused ?? ''),
    guardWait,
  );
});

afterAll(async () => {
  await webhook?.kill();
  await plane?.stop();
});

function firstOf([application]: readonly Application[]): Workload {
  const workload = application?.workloads[0];
  if (workload === undefined) throw new Error('no application');
  return workload;
}

/** Admission runs in full for a dry run, and nothing remains of one. */
function dryRun<T>(client: KubeClient, path: string, body: object): Promise<T> {
  return client.raw<T>(path, { method: 'POST', body, query: { dryRun: 'All' } });
}

function createPod(workload: Workload, namespace: string): Promise<Pod> {
  const client = controllers.get(controllerOf[workload.kind]);
  if (client === undefined) throw new Error(`no client makes the pods of a ${workload.kind}`);
  return dryRun<Pod>(client, podsOf(namespace), podOf(workload, namespace));
}

function createPolicy({ name, spec }: { name: string; spec: object }, namespace: string): Promise<object> {
  const metadata = { name, namespace };
  return dryRun(tenant, `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, {
    metadata,
    spec,
  });
}

/** What the user reads; undefined if the object is admitted. */
async function refusal(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return (error as Error).message.replaceAll(/\s+/g, ' ');
  }
}

const isProxyVariable = ({ name }: { name: string }) => PROXY_VARIABLES.includes(name);
const isInjected = (pod: Pod) => pod.metadata.annotations?.[annotation.injected] !== undefined;

/** Pods that were left unchanged, by reason. */
async function skips(): Promise<Map<string, number>> {
  const { text } = await webhook.telemetry('/metrics');
  const lines = text.matchAll(/^kube_egress_injection_skips_total\{reason="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, reason = '', count]) => [reason, Number(count)]));
}

/** The pod without what the injection added, as far as it only added. */
function withoutAdditions(pod: Pod, plain: Pod): unknown {
  const { metadata } = pod;
  const spec = pod.spec;
  if (spec === undefined) throw new Error('the pod has no spec');
  const { [annotation.injected]: _, ...annotations } = metadata.annotations ?? {};
  const lists = Object.fromEntries(
    containerLists.map((list) => [
      list,
      spec[list]?.map((container, index) => {
        const before = new Set((plain.spec?.[list]?.[index]?.env ?? []).map(({ name }) => name));
        const env = container.env?.filter(({ name }) => before.has(name) || !isProxyVariable({ name }));
        return { ...container, env: env?.length === 0 ? undefined : env };
      }),
    ]),
  );
  const hostAliases = spec.hostAliases?.slice(0, plain.spec?.hostAliases?.length ?? 0);
  return comparable({
    ...pod,
    metadata: { ...metadata, annotations: Object.keys(annotations).length === 0 ? undefined : annotations },
    spec: { ...spec, ...lists, hostAliases: hostAliases?.length === 0 ? undefined : hostAliases },
  });
}

/** Without what differs between two pods of one template. */
function comparable(pod: object): unknown {
  const { metadata, ...rest } = pod as { metadata: Record<string, unknown> };
  const { uid, creationTimestamp, managedFields, namespace, name, ...stable } = metadata;
  return JSON.parse(JSON.stringify({ ...rest, metadata: stable }));
}

describe.each(applications.map((each) => [each.name, each] as const))('%s', (_name, application) => {
  const { workloads, services, networkPolicies = [] } = application;

  describe('in a namespace that observes', () => {
    test.each(workloads.map((each) => [each.name, each] as const))('%s is admitted', async (_, workload) => {
      const { path, object } = workloadObject(workload, 'observe');
      expect(await refusal(dryRun(tenant, path, object))).toBeUndefined();
    });

    test.each(workloads.map((each) => [each.name, each] as const))(
      'the pod of %s only gains',
      async (_, workload) => {
        const [plain, pod] = [await createPod(workload, 'plain'), await createPod(workload, 'observe')];
        expect(withoutAdditions(pod, plain)).toEqual(comparable(plain));
      },
    );

    test.each(workloads.map((each) => [each.name, each] as const))(
      'the pod of %s has the variables, or HostNetwork is counted',
      async (_, workload) => {
        const before = await skips();
        const pod = await createPod(workload, 'observe');
        const containers = containerLists.flatMap((list) => pod.spec?.[list] ?? []);
        if (workload.spec.hostNetwork === true) {
          expect(containers.flatMap(({ env = [] }) => env.filter(isProxyVariable))).toEqual([]);
          const counted = before.get('HostNetwork') ?? 0;
          await until('it is counted', async () => ((await skips()).get('HostNetwork') ?? 0) > counted);
          return;
        }
        expect(isInjected(pod)).toBe(true);
        for (const { name, env = [] } of containers) {
          expect(
            env.map((entry) => entry.name),
            name,
          ).toEqual(expect.arrayContaining(PROXY_VARIABLES));
        }
      },
    );

    test.each(services)('the Service %s:%i and every policy are admitted', async (name, port) => {
      const body = {
        metadata: { name, namespace: 'observe' },
        spec: { selector: { app: name }, ports: [{ port }] },
      };
      expect(await refusal(dryRun(tenant, '/api/v1/namespaces/observe/services', body))).toBeUndefined();
      for (const policy of networkPolicies) {
        expect(await refusal(createPolicy(policy, 'observe')), policy.name).toBeUndefined();
      }
    });
  });

  describe('in a namespace that enforces', () => {
    test.each(workloads.map((each) => [each.name, each] as const))('the pod of %s', async (_, workload) => {
      const attempt = createPod(workload, 'enforce');
      const text = await refusal(attempt);
      if (workload.refused === undefined) {
        expect(text).toBeUndefined();
        expect(isInjected(await attempt)).toBe(true);
        return;
      }
      expect(text).toContain('is under egress control');
      expect(text).toContain(workload.refused);
    });

    test.each(networkPolicies.map((each) => [each.name, each] as const))(
      'the policy %s',
      async (_, policy) => {
        const text = await refusal(createPolicy(policy, 'enforce'));
        if (policy.refused === undefined) expect(text).toBeUndefined();
        else expect(text).toContain(policy.refused);
      },
    );
  });
});

test('a proxy that a team has set before stays, and both spellings agree', async () => {
  const worker = applications
    .flatMap(({ workloads }) => workloads)
    .find(({ name }) => name === 'airflow-dag-processor');
  if (worker === undefined) throw new Error('no such workload');
  const pod = await createPod(worker, 'observe');
  const values = pod.spec?.containers?.[0]?.env?.filter(({ name }) => name.toUpperCase() === 'HTTPS_PROXY');
  expect(new Set(values?.map(({ value }) => value))).toEqual(new Set(['http://old-proxy.corp.example:8080']));
});
