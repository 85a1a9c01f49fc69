import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION, annotation, label } from '../../src/api/index.ts';
import { type KubeClient, type Pod, resources } from '../../src/kube/index.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { egressProxy, named, type RunningWebhook, startWebhookProcess } from './support/webhook.ts';

const URL_OF_PROXY = 'http://squid.egress-proxy.svc.cluster.local:3128';

let plane: ControlPlane;
let client: KubeClient;
let webhook: RunningWebhook;

beforeAll(async () => {
  plane = await startControlPlane();
  client = plane.client;
  webhook = await startWebhookProcess(plane);
  await client.create(resources.namespaces, named('v1', 'Namespace', 'egress-proxy'));
  await client.create(resources.egressProxies, egressProxy('squid', {}, true));
  await client.create(resources.namespaces, named('v1', 'Namespace', 'my-app', { [label.mode]: 'enforce' }));
  await client.create(resources.namespaces, named('v1', 'Namespace', 'other'));
  await until('pods are injected', async () => {
    const probe = await createPod({ generateName: 'probe-' }, { dryRun: true });
    return envOf(probe)['HTTP_PROXY'] !== undefined;
  });
});

afterAll(async () => {
  await webhook?.kill();
  await plane?.stop();
});

interface PodOptions {
  namespace?: string;
  spec?: object;
  dryRun?: boolean;
}

async function createPod(
  metadata: object,
  { namespace = 'my-app', spec = {}, dryRun = false }: PodOptions = {},
): Promise<Pod> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  };
  return client.raw<Pod>(`/api/v1/namespaces/${namespace}/pods`, {
    method: 'POST',
    body: pod,
    ...(dryRun && { query: { dryRun: 'All' } }),
  });
}

function envOf(
  pod: Pod,
  list: 'containers' | 'initContainers' | 'ephemeralContainers' = 'containers',
  index = 0,
) {
  const env = pod.spec?.[list]?.[index]?.env ?? [];
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

describe('pods, through the API server', () => {
  it('get the variables, in containers and init containers', async () => {
    const pod = await createPod(
      { name: 'plain' },
      { spec: { initContainers: [{ name: 'init', image: 'app:1' }] } },
    );
    for (const list of ['containers', 'initContainers'] as const) {
      expect(envOf(pod, list)).toMatchObject({
        HTTP_PROXY: URL_OF_PROXY,
        https_proxy: URL_OF_PROXY,
        NO_PROXY: expect.stringContaining('.svc.cluster.local'),
      });
    }
    expect(pod.metadata.annotations?.[annotation.injected]).toContain('"containers":["app","init"]');
  });

  it('keep what the user set', async () => {
    const env = [{ name: 'http_proxy', value: 'http://mine:1' }];
    const pod = await createPod(
      { name: 'own-proxy' },
      { spec: { containers: [{ name: 'app', image: 'a', env }] } },
    );
    expect(envOf(pod)).toMatchObject({ http_proxy: 'http://mine:1', HTTP_PROXY: 'http://mine:1' });
  });

  it('stay as they are in other namespaces, and where they opt out', async () => {
    expect(envOf(await createPod({ name: 'plain' }, { namespace: 'other' }))).toEqual({});
    expect(envOf(await createPod({ name: 'opted-out', labels: { [label.inject]: 'false' } }))).toEqual({});
  });

  it('stay as they are on the network of their node, and are counted', async () => {
    const pod = await createPod({ name: 'exporter' }, { spec: { hostNetwork: true } });
    expect(envOf(pod)).toEqual({});
    expect(pod.spec?.hostAliases).toBe(undefined);
    const { text } = await webhook.telemetry('/metrics');
    expect(text).toMatch(/^kube_egress_injection_skips_total\{reason="HostNetwork"\} 1$/m);
  });

  it('get the variables in the first moment of a namespace', async () => {
    await client.create(
      resources.namespaces,
      named('v1', 'Namespace', 'brand-new', { [label.mode]: 'observe' }),
    );
    expect(envOf(await createPod({ name: 'first' }, { namespace: 'brand-new' }))).toHaveProperty(
      'HTTP_PROXY',
    );
  });

  it('give an ephemeral container what their first container has', async () => {
    const pod = await createPod({ name: 'debugged' });
    const path = '/api/v1/namespaces/my-app/pods/debugged/ephemeralcontainers';
    const add = (names: string[]) =>
      client.raw<Pod>(path, {
        method: 'PATCH',
        contentType: 'application/strategic-merge-patch+json',
        body: { spec: { ephemeralContainers: names.map((name) => ({ name, image: 'busybox' })) } },
      });
    const once = await add(['first']);
    expect(envOf(once, 'ephemeralContainers')).toEqual(envOf(pod));
    const twice = await add(['second']);
    expect(twice.spec?.ephemeralContainers).toHaveLength(2);
    expect(twice.spec?.ephemeralContainers?.map(({ env }) => env)).toEqual([
      once.spec?.ephemeralContainers?.[0]?.env,
      once.spec?.ephemeralContainers?.[0]?.env,
    ]);
  });

  const createService = (namespace: string, name: string) =>
    client.raw(`/api/v1/namespaces/${namespace}/services`, {
      method: 'POST',
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: { ports: [{ port: 8080 }] },
      },
    });
  const noProxy = async () => {
    const pod = await createPod({ generateName: 'probe-' }, { dryRun: true });
    return envOf(pod)['NO_PROXY']?.split(',') ?? [];
  };

  it('know Services by their bare names and by service.namespace', async () => {
    await createService('my-app', 'redis');
    await createService('other', 'web');
    await until('redis and .other are in NO_PROXY', async () => {
      const entries = await noProxy();
      return entries.includes('redis') && entries.includes('.other');
    });
  });

  it('know a Service that does not exist yet from their own env', async () => {
    const env = [{ name: 'CATALOG_ADDR', value: 'catalog:8080' }];
    const containers = [{ name: 'app', image: 'app:1', env }];
    const shop = await createPod({ name: 'shop' }, { spec: { containers } });
    expect(envOf(shop)['NO_PROXY']?.split(',')).toContain('catalog');
    expect(await noProxy()).not.toContain('catalog');
  });

  it('lose a Service named like a top-level domain from NO_PROXY when a rule has a target there', async () => {
    await createService('my-app', 'app');
    await until('app is in NO_PROXY', async () => (await noProxy()).includes('app'));
    await client.create(resources.egressRuleSets, {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { name: 'cloud-run', namespace: 'my-app' },
      spec: { targets: ['my-service.run.app:443'] },
    });
    await until('app is not in NO_PROXY', async () => !(await noProxy()).includes('app'));
  });
});

describe('the webhook itself', () => {
  const send = async (body: string | Buffer, dispatcher: Agent) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await request(`${webhook.url}/mutate-pods`, { method: 'POST', headers, body, dispatcher });
    return { status: answer.statusCode, text: await answer.body.text() };
  };

  it('answers garbage with one line and continues', async () => {
    await using dispatcher = disposable(new Agent({ connect: { ca: webhook.ca } }));
    for (const body of ['', '{', 'null', '[]', '{"kind":"AdmissionReview"}', Buffer.from([0xff, 0xfe, 0])]) {
      expect((await send(body, dispatcher.agent)).status).toBe(400);
    }
    expect((await send(Buffer.alloc(10_000_000, 0x20), dispatcher.agent)).status).toBe(413);
    expect(envOf(await createPod({ name: 'after-garbage' }))).toHaveProperty('HTTP_PROXY');
  });

  it('takes a renewed certificate while pods are created', async () => {
    const metrics = async () => (await webhook.telemetry('/metrics')).text;
    const expiry = /^kube_egress_certificate_expiry_timestamp_seconds\{certificate="webhook"\} (.+)$/m;
    const before = expiry.exec(await metrics())?.[1];
    await pause(1100);
    await webhook.renewCertificate();
    await until('the new certificate is used', async () => expiry.exec(await metrics())?.[1] !== before);
    expect(envOf(await createPod({ name: 'after-renewal' }))).toHaveProperty('HTTP_PROXY');
  });

  it('stops without losing a pod, and pods are admitted without it', async () => {
    const stopped = webhook.stop();
    await until('it is not ready', async () => (await webhook.telemetry('/readyz')).status === 503);
    expect(envOf(await createPod({ name: 'while-draining' }))).toHaveProperty('HTTP_PROXY');
    expect(await stopped).toBe(0);
    expect(envOf(await createPod({ name: 'without-webhook' }))).toEqual({});
  });
});

function disposable(agent: Agent): AsyncDisposable & { agent: Agent } {
  return { agent, [Symbol.asyncDispose]: () => agent.close() };
}
