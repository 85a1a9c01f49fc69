import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityReport, EgressRequest, EgressRuleSet, Flow, FlowPage } from '../../src/api/index.ts';
import { type Authenticator, SecretAuthenticator, withTokenOf } from '../../src/dashboard/access/index.ts';
import { type Dashboard, startDashboard, TokenAuthenticator } from '../../src/dashboard/index.ts';
import { findSelf } from '../../src/dashboard/local/self-access.ts';
import type {
  FlowAnswer,
  NamespaceDetail,
  Overview,
  ProxiesView,
  Session,
  SimulationView,
  SuggestionView,
} from '../../src/dashboard/wire.ts';
import {
  AccessReviewer,
  createKubeMetrics,
  KubeClient,
  loadCluster,
  type Pod,
  resources,
} from '../../src/kube/index.ts';
import { createMetrics, silentLog } from '../../src/telemetry/index.ts';
import { systemClock } from '../../src/time/index.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { installCrds } from './support/crds.ts';
import { kubectl } from './support/guards/attempt.ts';

const PRODUCT = 'kube-egress-system';
const TEAMS = ['shop', 'bank'];
const base = new URL('../../manifests/base/', import.meta.url).pathname;

let plane: ControlPlane;
let dashboard: Dashboard;
let pageDir: string;
const tokens: Record<string, string> = {};

/** A flow as an agent reports it. */
function flow(seq: number, more: Partial<Flow>): Flow {
  return {
    seq,
    state: 'closed',
    id: `id-${seq}`,
    time: new Date().toISOString(),
    target: 'refused.example.com:443',
    verdict: 'deny',
    reason: 'NoMatchingRule',
    bytesReceived: 1,
    bytesSent: 1,
    durationMs: 1,
    ...more,
  };
}
const flows = [
  flow(1, { namespace: 'shop', pod: 'api' }),
  flow(2, { namespace: 'bank', pod: 'vault' }),
  flow(3, { client: '198.18.0.10' }),
];
const counts = { requests: 1, denied: 1, targets: [], dropped: 0 };

async function askAgent(_pod: unknown, path: string): Promise<FlowPage | ActivityReport> {
  const after = Number(/after=(\d+)/.exec(path)?.[1]);
  if (path.startsWith('/v1/flows')) {
    const page = flows.filter(({ seq }) => seq > after);
    return { instance: 'one', pod: 'squid-1', next: 3, dropped: 0, flows: page };
  }
  const namespaces = { shop: counts, bank: counts, '': counts };
  return { instance: 'one', pod: 'squid-1', since: new Date().toISOString(), namespaces, rules: {} };
}

beforeAll(async () => {
  plane = await startControlPlane();
  const { client } = plane;
  await installCrds(client);
  for (const name of [PRODUCT, 'egress-proxy', ...TEAMS]) {
    await client.create(resources.namespaces, { metadata: { name } });
  }
  for (const file of ['rbac/dashboard.yaml', 'rbac/tenants.yaml']) {
    const applied = await kubectl(plane.kubeconfig, ['apply', '-f', `${base}${file}`]);
    expect(applied.ok, applied.text).toBe(true);
  }
  for (const namespace of TEAMS) await optIn(namespace);
  await client.create(resources.egressProxies, {
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec: {},
  });
  await createAgentPod();
  for (const name of ['team', 'operator', 'nobody']) {
    await client.create(resources.serviceAccounts, { metadata: { name, namespace: 'shop' } });
    tokens[name] = await tokenFor('shop', name);
  }
  tokens['other audience'] = await tokenFor('shop', 'operator', ['https://elsewhere.example.com']);
  tokens['invented'] = 'eyJhbGciOiJub25lIn0.e30.x';
  // The team gets the role view in its namespace, the operator everything.
  await bind('RoleBinding', 'team', 'kube-egress-view');
  await bind('ClusterRoleBinding', 'operator', 'cluster-admin');

  pageDir = await mkdtemp(join(tmpdir(), 'kube-egress-page-'));
  await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
  dashboard = await start(await clientWith(await tokenFor(PRODUCT, 'kube-egress-dashboard')), {
    kind: 'cluster',
  });
});

afterAll(async () => {
  await dashboard?.stop();
  await plane?.stop();
  if (pageDir) await rm(pageDir, { recursive: true });
});

/** A client with exactly the permissions of the token's owner. */
async function clientWith(token: string | undefined): Promise<KubeClient> {
  const cluster = await loadCluster({ kubeconfig: plane.kubeconfig });
  const credentials = async () => {
    const admin = await cluster.credentials();
    return { ...admin, headers: { authorization: `Bearer ${token}` } };
  };
  return new KubeClient({ ...cluster, credentials });
}

async function start(
  client: KubeClient,
  session: Omit<Session, 'viewer'>,
  authenticator?: Authenticator,
): Promise<Dashboard> {
  const started = await startDashboard(
    { host: '127.0.0.1', port: 0, productNamespace: PRODUCT, pageDir, session },
    {
      client,
      authenticator:
        authenticator ??
        new TokenAuthenticator(
          new AccessReviewer({ client, clock: systemClock }),
          withTokenOf(await loadCluster({ kubeconfig: plane.kubeconfig })),
        ),
      connectAgents: () => askAgent,
      log: silentLog,
      metrics: createKubeMetrics(createMetrics().registry).reflector,
    },
  );
  await started.synced;
  return started;
}

async function optIn(namespace: string): Promise<void> {
  const { client } = plane;
  await client.create(resources.egressActivities, { metadata: { name: 'observed', namespace } });
  await client.patch(
    resources.egressActivities,
    { name: 'observed', namespace, subresource: 'status' },
    { status: { mode: 'enforce', proxy: 'egress-proxy/squid', requests: 3, denied: 2 } },
  );
  await client.create(resources.egressRuleSets, {
    metadata: { name: 'outside', namespace },
    spec: { targets: ['api.example.com:443'] },
  });
}

async function createAgentPod(): Promise<void> {
  const labels = {
    'egress.zalando.org/component': 'proxy',
    'egress.zalando.org/owner-proxy': 'egress-proxy.squid',
  };
  const metadata = { name: 'squid-1', namespace: 'egress-proxy', labels };
  await plane.client.create<Pod>(resources.pods, {
    metadata,
    spec: { containers: [{ name: 'squid', image: 'squid' }] },
  });
  await plane.client.patch(
    resources.pods,
    { name: 'squid-1', namespace: 'egress-proxy', subresource: 'status' },
    { status: { phase: 'Running', podIP: '10.244.0.9', podIPs: [{ ip: '10.244.0.9' }] } },
  );
}

async function bind(kind: 'RoleBinding' | 'ClusterRoleBinding', name: string, role: string): Promise<void> {
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: `test-${name}`, ...(kind === 'RoleBinding' && { namespace: 'shop' }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'shop' }],
  };
  const applied = await kubectl(plane.kubeconfig, ['apply', '-f', '-'], binding);
  expect(applied.ok, applied.text).toBe(true);
}

async function tokenFor(namespace: string, name: string, audiences?: string[]): Promise<string> {
  const { status } = await plane.client.raw<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      method: 'POST',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { ...(audiences && { audiences }) },
      },
    },
  );
  return status.token;
}

async function get<T>(
  path: string,
  token?: string,
  { port } = dashboard,
): Promise<{ status: number; body: T; headers: Headers }> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return { status: response.status, body: (await response.json()) as T, headers: response.headers };
}

/** Until the dashboard's caches have a change. */
const soon = { timeout: 20_000 };

const paths = ['/api/session', '/api/overview', '/api/flows', '/api/namespaces/shop', '/api/proxies'];

describe('the dashboard in the cluster', () => {
  test.each(paths)('%s: shows nothing without a valid token', async (path) => {
    for (const token of [undefined, tokens['invented'], tokens['other audience']]) {
      const { status, body } = await get<object>(path, token);
      expect(status).toBe(401);
      expect(Object.keys(body)).toEqual(['error']);
    }
  });

  test('accepts no token from the URL or a cookie', async () => {
    const response = await fetch(
      `http://127.0.0.1:${dashboard.port}/api/overview?token=${tokens['operator']}`,
      {
        headers: { cookie: `token=${tokens['operator']}` },
      },
    );
    expect(response.status).toBe(401);
  });

  test('a viewer of one namespace sees only that one', async () => {
    const overview = await get<Overview>('/api/overview', tokens['team']);
    expect(overview.body.namespaces.map(({ name }) => name)).toEqual(['shop']);
    expect(sum(overview.body)).toBe(1);
    const told = await get<FlowAnswer>('/api/flows', tokens['team']);
    expect(told.body.flows.map(({ pod }) => pod)).toEqual(['api']);
    expect((await get('/api/namespaces/bank', tokens['team'])).status).toBe(404);
    expect((await get('/api/namespaces/none', tokens['team'])).status).toBe(404);
    const shop = await get<NamespaceDetail>('/api/namespaces/shop', tokens['team']);
    expect(shop.body.ruleSets?.map(({ name }) => name)).toEqual(['outside']);
    expect((await get<ProxiesView>('/api/proxies', tokens['team'])).body.proxies).toEqual([]);
  });

  test('a viewer of all namespaces sees all, including clients that are not pods', async () => {
    const overview = await get<Overview>('/api/overview', tokens['operator']);
    expect(overview.body.namespaces.map(({ name }) => name)).toEqual(['bank', 'shop']);
    expect(sum(overview.body)).toBe(3);
    const told = await get<FlowAnswer>('/api/flows', tokens['operator']);
    expect(told.body.flows).toHaveLength(3);
    const proxies = await get<ProxiesView>('/api/proxies', tokens['operator']);
    expect(proxies.body.proxies.map(({ agents }) => agents.map(({ state }) => state))).toEqual([
      ['answering'],
    ]);
  });

  test('a viewer without permissions can sign in and sees nothing', async () => {
    expect((await get<Overview>('/api/overview', tokens['nobody'])).body.namespaces).toEqual([]);
    expect((await get<FlowAnswer>('/api/flows', tokens['nobody'])).body.flows).toEqual([]);
    expect((await get('/api/namespaces/shop', tokens['nobody'])).status).toBe(404);
  });

  test('a cursor returns only new flows, and all of them after a restart', async () => {
    const first = (await get<FlowAnswer>('/api/flows', tokens['operator'])).body;
    const next = (await get<FlowAnswer>(`/api/flows?after=${first.cursor}`, tokens['operator'])).body;
    expect(next).toMatchObject({ flows: [], reset: false });
    const old = (await get<FlowAnswer>('/api/flows?after=another.3', tokens['operator'])).body;
    expect(old).toMatchObject({ reset: true });
    expect(old.flows).toHaveLength(3);
  });

  test('a viewer answers a request by its own rights, and the dashboard by none', async () => {
    const address = { namespace: 'shop', name: 'incident' };
    const made = await plane.client.create<EgressRequest>(resources.egressRequests, {
      apiVersion: 'zalando.org/v1',
      kind: 'EgressRequest',
      metadata: address,
      spec: { targets: ['a.example.com:443'], duration: '2h', reason: 'incident 4711', requestedBy: 'tom' },
    });
    const { uid = '' } = made.metadata;
    const answer = async (token: string | undefined, body: object) => {
      const { port } = dashboard;
      const url = `http://127.0.0.1:${port}/api/namespaces/shop/requests/incident/answer`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    const approved = { uid, outcome: 'Approved', reason: 'fine' };
    expect(await answer(tokens['invented'], approved)).toBe(401);
    expect(await answer(tokens['team'], approved)).toBe(403);
    expect(await answer(tokens['operator'], { ...approved, uid: 'another' })).toBe(422);
    expect(await answer(tokens['operator'], { outcome: 'Approved' })).toBe(400);
    expect((await plane.client.get(resources.egressRequests, address)).spec.approval).toBeUndefined();
    // A name in the body is not read.
    expect(await answer(tokens['operator'], { ...approved, by: 'mallory' })).toBe(200);
    expect((await plane.client.get(resources.egressRequests, address)).spec.approval).toEqual({
      outcome: 'Approved',
      by: 'system:serviceaccount:shop:operator',
      reason: 'fine',
    });
    const detail = async (who: string) =>
      (await get<NamespaceDetail>('/api/namespaces/shop', tokens[who])).body;
    await expect
      .poll(async () => (await detail('team')).requests?.[0]?.answer?.outcome, soon)
      .toBe('Approved');
    expect(await detail('team')).toMatchObject({ mayAnswer: false, mayApproveOwn: false });
    expect(await detail('operator')).toMatchObject({ mayAnswer: true, mayApproveOwn: true });
  });

  test('a suggestion is made by the rules as they are, cluster-wide ones included, and for viewers of the namespace', async () => {
    const path = '/api/namespaces/bank/suggestion';
    const seen = (target: string, verdict: 'allow' | 'deny') => {
      const at = new Date().toISOString();
      return { target, verdict, count: 3, firstSeen: at, lastSeen: at };
    };
    const targets = [
      seen('api.example.com:443', 'allow'),
      seen('new.example.com:443', 'allow'),
      seen('never.example.net:443', 'allow'),
      seen('refused.example.org:443', 'deny'),
    ];
    await plane.client.patch(
      resources.egressActivities,
      { name: 'observed', namespace: 'bank', subresource: 'status' },
      { status: { mode: 'observe', targets } },
    );
    await plane.client.create(resources.clusterEgressRuleSets, {
      metadata: { name: 'never' },
      spec: { action: 'Deny', targets: ['never.example.net:443'] },
    });
    const read = async () => (await get<SuggestionView>(path, tokens['operator'])).body;
    await expect.poll(async () => (await read()).targets, soon).toHaveLength(1);
    expect(await read()).toEqual({
      name: 'suggested',
      targets: [{ target: 'new.example.com:443', present: false, requests: 3 }],
      targetGroups: [],
      leftOut: expect.arrayContaining([
        { target: 'never.example.net:443', reason: 'DeniedByRule' },
        { target: 'refused.example.org:443', reason: 'Refused' },
      ]),
      stillRefused: ['never.example.net:443'],
      knowsClusterRules: true,
    });
    expect((await get(path, tokens['nobody'])).status).toBe(404);
    expect((await get(path, tokens['team'])).status).toBe(404);
  });

  test('a simulation replays what was requested, for viewers of the namespace, and stores nothing', async () => {
    const at = new Date().toISOString();
    const seen = (target: string, verdict: 'allow' | 'deny', count: number) => ({
      ...{ target, verdict, count, firstSeen: at, lastSeen: at },
      owners: ['Deployment/api'],
    });
    await plane.client.patch(
      resources.egressActivities,
      { name: 'observed', namespace: 'shop', subresource: 'status' },
      {
        status: {
          targets: [seen('api.example.com:443', 'allow', 5), seen('new.example.com:443', 'deny', 2)],
        },
      },
    );
    const ask = async (who: string, objects: unknown, namespace = 'shop') => {
      const url = `http://127.0.0.1:${dashboard.port}/api/namespaces/${namespace}/simulation`;
      const headers = { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ objects }) });
      return { status: response.status, body: (await response.json()) as SimulationView };
    };
    const ruleSet = (targets: unknown, metadata: object = {}, kind = 'EgressRuleSet') => ({
      apiVersion: 'zalando.org/v1',
      kind,
      metadata: { name: 'outside', ...metadata },
      spec: { targets },
    });
    const change = ruleSet(['new.example.com:443']);
    await expect.poll(async () => (await ask('team', [change])).body.targets.length, soon).toBe(2);
    const { body } = await ask('team', [change, { kind: 'Pod' }, null, 7]);
    expect(body).toMatchObject({ faults: [], mode: 'enforce', knowsClusterRules: true });
    expect((await ask('operator', [change])).body.knowsPods).toBe(true);
    const common = { lastSeen: at, owners: ['Deployment/api'] };
    expect(body.targets).toEqual([
      {
        ...common,
        target: 'api.example.com:443',
        outcome: 'newlyRefused',
        requests: 5,
        reason: 'NoMatchingRule',
      },
      {
        ...common,
        target: 'new.example.com:443',
        outcome: 'newlyPasses',
        requests: 2,
        reason: 'RuleAllowed',
        rule: 'shop/outside#0',
      },
    ]);
    const all = ruleSet(['*:443'], { name: 'never' }, 'ClusterEgressRuleSet');
    const denied = { ...all, spec: { ...all.spec, action: 'Deny' } };
    expect((await ask('team', [denied])).body.targets.map(({ outcome }) => outcome)).toEqual([
      'newlyRefused',
      'refused',
    ]);

    const faultsOf = async (objects: unknown[]) =>
      (await ask('team', objects)).body.faults.map(({ message }) => message).join();
    expect(await faultsOf([ruleSet(['api.example.net'])])).toContain('spec.targets[0]: the port is missing');
    expect(await faultsOf([ruleSet(['a.example.com:443'], { namespace: 'bank' })])).toContain(
      'it is of bank',
    );
    expect(await faultsOf([{ kind: 'Pod' }])).toContain('there is no EgressRuleSet');
    for (const spec of [undefined, 7, { targets: {} }, { targets: ['a.b:443'], podSelector: 'x' }])
      expect(await faultsOf([{ ...change, spec }])).not.toBe('');
    expect(
      (
        await plane.client.get<EgressRuleSet>(resources.egressRuleSets, {
          namespace: 'shop',
          name: 'outside',
        })
      ).spec.targets,
    ).toEqual(['api.example.com:443']);

    expect((await ask('invented', [change])).status).toBe(401);
    expect((await ask('nobody', [change])).status).toBe(404);
    expect((await ask('team', [change], 'bank')).status).toBe(404);
    expect((await ask('team', undefined)).status).toBe(400);
    expect((await ask('team', ['x'.repeat(300_000)])).status).toBe(413);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is not possible', async (method) => {
    for (const path of ['/', '/api/overview']) {
      const response = await fetch(`http://127.0.0.1:${dashboard.port}${path}`, {
        method,
        headers: { authorization: `Bearer ${tokens['operator']}` },
      });
      expect(response.status).toBe(404);
    }
  });

  test('the page needs no token and restricts the browser by its headers', async () => {
    const response = await fetch(`http://127.0.0.1:${dashboard.port}/`);
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await get('/api/overview', tokens['team'])).headers.get('cache-control')).toBe('no-store');
  });

  test.each(['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json'])(
    'no file outside the page: %s',
    async (path) => {
      expect(await statusOf(path)).toBe(404);
    },
  );
});

describe('the dashboard on the machine of a team member', () => {
  test('shows the counts of the EgressActivity, with only the permissions of the team member', async () => {
    const client = await clientWith(tokens['team']);
    const authenticator = new SecretAuthenticator('secret', await findSelf(client, systemClock));
    const local = await start(client, { kind: 'local', onlyNamespace: 'shop' }, authenticator);
    try {
      expect((await get('/api/overview', tokens['team'], local)).status).toBe(401);
      const overview = await get<Overview>('/api/overview', 'secret', local);
      expect(overview.body.namespaces).toMatchObject([
        { name: 'shop', mode: 'enforce', requests: 3, denied: 2 },
      ]);
      const shop = await get<NamespaceDetail>('/api/namespaces/shop', 'secret', local);
      expect(shop.body).toMatchObject({ source: 'activity', ruleSets: [{ name: 'outside' }] });
      expect((await get('/api/namespaces/bank', 'secret', local)).status).toBe(404);
    } finally {
      await local.stop();
    }
  });
});

/** Requests the path unchanged; fetch would normalize it. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: dashboard.port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

function sum({ series }: Overview): number {
  return [...series.allowed, ...series.denied].reduce((total, count) => total + count, 0);
}
