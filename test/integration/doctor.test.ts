import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { label } from '../../src/api/index.ts';
import { type KubeClient, type KubeObject, resources } from '../../src/kube/index.ts';
import { runPlugin } from '../support/run-plugin.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { applyTo, clusterDns, cni, faults, leaderLease } from './support/doctor-faults.ts';
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

const egress = (line: string) => runPlugin(line, { kubeconfig: plane.kubeconfig });

async function doctor(flags = ''): Promise<Report> {
  const { code, out, notes } = await egress(`doctor -o json ${flags}`);
  expect(notes).toBe('');
  return { code, ...JSON.parse(out) };
}

const codesOf = ({ findings }: Report) => findings.map(({ code }) => code);
const apply = (object: KubeObject) => applyTo(client, object);
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

  it('finds nothing where all is well', async () => {
    await client.create(resources.nodes, {
      ...named('v1', 'Node', 'node-1'),
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    } as never);
    await apply(cni);
    await apply(clusterDns);
    expect(await doctor('--pre')).toMatchObject({ code: 0, findings: [] });
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

  it('finds nothing in an installation where all is well', async () => {
    webhook = await startWebhookProcess(plane);
    for (const object of await readManifests('guards')) await apply(object);
    await apply(leaderLease(Date.now()));
    await client.create(
      resources.namespaces,
      named('v1', 'Namespace', 'egress-proxy', { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    );
    await client.create(resources.egressProxies, egressProxy('squid', {}, true));
    await client.create(resources.namespaces, named('v1', 'Namespace', 'shop', { [label.mode]: 'observe' }));
    expect(await doctor()).toMatchObject({ code: 0, findings: [] });
  });
});

describe('kubectl egress doctor on what was observed', () => {
  it('counts what a rule set allows by a target group as allowed', async () => {
    const namespace = 'grouped';
    await client.create(
      resources.namespaces,
      named('v1', 'Namespace', namespace, { [label.mode]: 'observe' }),
    );
    await client.create(resources.egressActivities, { metadata: { namespace, name: 'observed' } });
    const lastSeen = new Date().toISOString();
    const seen = { verdict: 'allow' as const, count: 1, firstSeen: lastSeen, lastSeen };
    const targets = ['a.example.com:443', 'b.example.com:443'].map((target) => ({ target, ...seen }));
    await client.patch(
      resources.egressActivities,
      { namespace, name: 'observed', subresource: 'status' },
      { status: { targets } },
    );
    await client.create(resources.egressTargetGroups, {
      metadata: { name: 'vendor' },
      spec: { targets: ['a.example.com:443'] },
    });
    await client.create(resources.egressRuleSets, {
      metadata: { namespace, name: 'rules' },
      spec: { targets: [], targetGroups: ['vendor'] },
    });
    const { findings } = await doctor(`-n ${namespace}`);
    const refused = findings.filter(({ code }) => code === 'EnforceWouldRefuse');
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('in the last day: b.example.com:443;'),
    ]);
  });
});

describe('kubectl egress doctor finds a fault that is made, and not before', () => {
  it('at least 15, each with a code of its own', () => {
    const codes = faults.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.length).toBeGreaterThanOrEqual(15);
  });

  const numbered = faults.map((fault, index) => [index + 1, fault.name, fault.code, fault] as const);

  it.each(numbered)('%i: %s (%s)', async (_number, _name, code, { make, object, says, pre, end }) => {
    const flags = pre ? '--pre' : '';
    const isOurs = (finding: Finding) => finding.code === code && finding.object === object;
    expect((await doctor(flags)).findings.filter(isOurs)).toEqual([]);
    const stage = { client, webhook };
    await make(stage);
    const message = typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says);
    const find = async () => (await doctor(flags)).findings.filter(isOurs);
    const found = await until(code, find, ({ length }) => length > 0, { limitMs: 20_000 });
    expect(found).toMatchObject([{ message }]);
    if (end === undefined) return;
    await end(stage);
    await until(`no ${code}`, find, ({ length }) => length === 0, { limitMs: 20_000 });
  });
});

describe('kubectl egress doctor and enable', () => {
  it('are of one mind about pods that will not survive enforce mode', async () => {
    const { code, notes } = await egress('enable shop --mode enforce');
    expect(code).toBe(1);
    expect(notes).toContain('OnHostNetwork: these pods are on the host network');
    expect(notes).toContain('warning: OwnVariables: ');
    expect(notes).toContain('pay.example.com:443');
  });

  it('skip what a user may not read', async () => {
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
