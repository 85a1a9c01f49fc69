import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type EgressActivity, label } from '../../src/api/index.ts';
import { runCli } from '../../src/cli/index.ts';
import { type KubeClient, type KubeObject, resources } from '../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../src/tls/index.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { readManifests } from './support/manifests.ts';
import { egressProxy, named, PRODUCT, type RunningWebhook, startWebhookProcess } from './support/webhook.ts';

let plane: ControlPlane;
let client: KubeClient;
let webhook: RunningWebhook | undefined;

interface Finding {
  code: string;
  object: string;
  message: string;
}

interface Report {
  code: number;
  findings: Finding[];
  checks: { name: string; result: string }[];
}

async function egress(line: string): Promise<{ code: number; out: string; notes: string }> {
  const ran = { out: '', notes: '' };
  const code = await runCli([...line.split(' '), `--kubeconfig=${plane.kubeconfig}`], {
    print: (text) => {
      ran.out += text;
    },
    note: (text) => {
      ran.notes += text;
    },
    readInput: async () => '',
    colors: false,
    now: Date.now,
    interrupted: () => new AbortController().signal,
  });
  return { ...ran, code };
}

async function doctor(flags = ''): Promise<Report> {
  const { code, out, notes } = await egress(`doctor -o json ${flags}`.trim());
  expect(notes).toBe('');
  return { code, ...JSON.parse(out) };
}

const codesOf = ({ findings }: Report) => findings.map(({ code }) => code);
const apply = (object: KubeObject) => client.apply(object, { fieldManager: 'test', force: true });
const namespace = (name: string, labels: Record<string, string> = {}) =>
  client.create(resources.namespaces, named('v1', 'Namespace', name, labels));

/** Writes the status of a pod that runs, which no kubelet does here. */
async function runPod(ns: string, name: string, spec: object, annotations: Record<string, string> = {}) {
  await client.create(resources.pods, {
    metadata: { namespace: ns, name, annotations },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  } as never);
  const startTime = new Date(Date.now() - 2 * 3_600_000).toISOString();
  const address = { namespace: ns, name, subresource: 'status' };
  await client.patch(resources.pods, address, { status: { phase: 'Running', startTime } });
}

beforeAll(async () => {
  plane = await startControlPlane();
  client = plane.client;
});

afterAll(async () => {
  await webhook?.kill();
  await plane?.stop();
});

describe('kubectl egress doctor --pre', () => {
  it('finds in a bare cluster what has to be known before the install', async () => {
    const report = await doctor('--pre');
    expect(codesOf(report)).toEqual(['CniUnknown', 'DnsServiceUnknown']);
    expect(report.checks.map(({ result }) => result)).toEqual(['ok', 'ok', 'warning', 'warning', 'ok', 'ok']);
    expect(report.code).toBe(0);
  });

  it('finds wrong clocks, missing pod ranges, and a webhook of others that blocks pods', async () => {
    await client.create(resources.nodes, named('v1', 'Node', 'node-1'));
    await apply(named('v1', 'Namespace', 'kube-node-lease'));
    await client.create(resources.leases, {
      metadata: { namespace: 'kube-node-lease', name: 'node-1' },
      spec: { renewTime: new Date(Date.now() - 600_000).toISOString().replace('Z', '000Z') },
    });
    await client.create(resources.validatingWebhookConfigurations, {
      metadata: { name: 'scanner' },
      webhooks: [
        {
          name: 'scanner.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { service: { namespace: 'scanner', name: 'scanner' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    });
    const report = await doctor('--pre');
    expect(codesOf(report)).toEqual([
      'NodeClockWrong',
      'CniUnknown',
      'DnsServiceUnknown',
      'PodRangeMissing',
      'OtherWebhookDown',
    ]);
    expect(report.findings[0]).toMatchObject({
      object: 'Node node-1',
      message: expect.stringMatching(/its clock is (59\d|60\d) s behind that of the API server/),
    });
    expect(report.code).toBe(1);
    await client.delete(resources.validatingWebhookConfigurations, { name: 'scanner' });
  });
});

describe('kubectl egress doctor', () => {
  it('finds that nothing is installed', async () => {
    const codes = codesOf(await doctor());
    expect(codes).toEqual(
      expect.arrayContaining([
        'CrdNotInstalled',
        'NotInstalled',
        'RulesNotValidated',
        'NoLeader',
        'GuardMissing',
      ]),
    );
  });

  it('has no fault of the webhook, its certificate and the guards when they are there', async () => {
    webhook = await startWebhookProcess(plane);
    for (const object of await readManifests('guards')) await apply(object);
    const codes = codesOf(await doctor());
    for (const code of [
      'CrdNotInstalled',
      'NotInstalled',
      'RulesNotValidated',
      'GuardMissing',
      'WebhookUnreachable',
      'ServingCertificate',
    ])
      expect(codes).not.toContain(code);
  });

  it('finds a deleted binding of a guard', async () => {
    await client.delete(resources.validatingAdmissionPolicyBindings, { name: 'kube-egress-exec' });
    const { findings } = await doctor();
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'GuardMissing',
        message: expect.stringContaining(': kube-egress-exec;'),
      }),
    );
  });

  it('finds faults of namespaces and of a proxy', async () => {
    await namespace('egress-proxy', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    await client.create(resources.egressProxies, egressProxy('squid', { closeRevoked: true }, true));
    await namespace('typo', { [label.mode]: 'enforced' });
    await namespace('lost', { [label.mode]: 'enforce', [label.proxy]: 'egress-proxy.squit' });
    const { findings } = await doctor();
    for (const [code, object] of [
      ['ProxyPodsForbidden', 'EgressProxy egress-proxy/squid'],
      ['ModeMisspelled', 'Namespace typo'],
      ['NoProxyServes', 'Namespace lost'],
    ])
      expect(findings).toContainEqual(expect.objectContaining({ code, object }));
  });

  it('finds pods that will not survive enforce mode, and what enforce mode would refuse', async () => {
    await namespace('shop');
    const own = {
      containers: [{ name: 'app', image: 'a:1', env: [{ name: 'HTTPS_PROXY', value: 'http://old:8080' }] }],
    };
    await runPod('shop', 'before', {});
    await runPod('shop', 'own', own);
    await runPod('shop', 'host', { hostNetwork: true });
    await runPod('shop', 'meshed', { containers: [{ name: 'istio-proxy', image: 'a:1' }] });
    await client.patch(
      resources.namespaces,
      { name: 'shop' },
      { metadata: { labels: { [label.mode]: 'observe' } } },
    );
    await runPod('shop', 'silent', {});
    await client.create(resources.egressActivities, { metadata: { namespace: 'shop', name: 'observed' } });
    const lastSeen = new Date(Date.now() - 60_000).toISOString();
    const target = {
      target: 'pay.example.com:443',
      verdict: 'allow',
      wouldDeny: true,
      count: 4,
      firstSeen: lastSeen,
      lastSeen,
    };
    const status = { mode: 'observe', requests: 4, denied: 0, targets: [target] } as EgressActivity['status'];
    await client.patch(
      resources.egressActivities,
      { namespace: 'shop', name: 'observed', subresource: 'status' },
      { status },
    );
    const { findings } = await doctor('-n shop');
    const inShop = findings.filter(({ object }) => object === 'Namespace shop');
    expect(
      Object.fromEntries(inShop.map(({ code, message }) => [code, /: ([^;]+);/.exec(message)?.[1]])),
    ).toEqual({
      PodsNotInjected: 'before, meshed',
      OwnVariables: 'own',
      VariablesIgnored: 'Pod/silent',
      MeshTakesConnections: 'meshed',
      EnforceWouldRefuse: 'pay.example.com:443',
    });
    const { code, notes } = await egress('enable shop --mode enforce');
    expect(code).toBe(1);
    expect(notes).toContain('OnHostNetwork: these pods are on the host network');
    expect(notes).toContain('warning: OwnVariables: ');
    await client.patch(
      resources.namespaces,
      { name: 'shop' },
      { metadata: { labels: { [label.mode]: 'enforce' } } },
    );
    expect(codesOf(await doctor('-n shop'))).toContain('OnHostNetwork');
  });

  it('finds a webhook that does not answer', async () => {
    await webhook?.kill();
    const { findings, code } = await doctor();
    expect(code).toBe(1);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'WebhookUnreachable',
        message: expect.stringContaining('connection refused'),
      }),
    );
  });

  it('finds an expired certificate', async () => {
    const now = Date.now() - 20 * 365 * 24 * 3_600_000;
    const authority = await createAuthority({ now });
    const pair = await issueServingCertificate({ now, authority, names: ['x'] });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: PRODUCT, name: 'kube-egress-webhook-tls' },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(pair.cert), 'tls.key': base64(pair.key) },
    } as KubeObject);
    const { findings } = await doctor();
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'ServingCertificate',
        message: expect.stringMatching(/^its certificate expired at 20/),
      }),
    );
  });

  it('finds Deployments without replicas, and skips what a user may not read', async () => {
    const labels = { app: 'x' };
    await client.create(resources.deployments, {
      metadata: { namespace: PRODUCT, name: 'kube-egress-webhook' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    } as never);
    expect((await doctor()).findings).toContainEqual(
      expect.objectContaining({ code: 'NotReady', object: `Deployment ${PRODUCT}/kube-egress-webhook` }),
    );
    const { checks, code } = await doctor('--as stranger');
    expect(code).toBe(0);
    expect(checks.filter(({ result }) => result === 'skipped').length).toBeGreaterThan(10);
  });
});

describe('kubectl egress support-bundle', () => {
  it('has what the doctor found and the objects, and no planted secret', async () => {
    const planted = 'pl4nted';
    await client.create(resources.secrets, {
      metadata: { namespace: PRODUCT, name: 'parent' },
      stringData: { password: planted },
    } as never);
    await client.create(resources.pods, {
      metadata: { namespace: PRODUCT, name: 'with-secrets', annotations: { note: `Bearer ${planted}` } },
      spec: {
        nodeName: 'node-1',
        containers: [
          {
            name: 'app',
            image: 'app:1',
            args: [`--url=http://user:${planted}@a.example.com/`],
            env: [{ name: 'API_KEY', value: planted }],
          },
        ],
      },
    } as never);
    await client.create(resources.events, {
      metadata: { namespace: PRODUCT, name: 'refused.1' },
      involvedObject: { kind: 'Pod', namespace: PRODUCT, name: 'with-secrets' },
      reason: 'NoMatchingRule',
      message: `GET http://a.example.com/x?token=${planted} was refused`,
    });
    const { code, out } = await egress('support-bundle');
    expect(code).toBe(0);
    expect(out).not.toContain(planted);
    const bundle = parse(out);
    const [product] = bundle.components;
    const names = product.pods.map(({ metadata }: KubeObject) => metadata.name);
    expect(names).toContain('with-secrets');
    expect(product.events[0].message).toBe('GET http://a.example.com/x?REDACTED was refused');
    expect(product.logs['with-secrets/app'][0]).toContain('not read');
    expect(bundle.egressProxies[0].metadata.name).toBe('squid');
    expect(bundle.doctor.map(({ result }: { result: string }) => result)).toContain('fault');
  });
});
