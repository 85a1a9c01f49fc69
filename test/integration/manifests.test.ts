import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_VERSION, type DesiredObject, type EgressProxy } from '../../src/api/index.ts';
import { renderNamespacePolicy } from '../../src/enforcement/index.ts';
import { type ProxyFacts, renderProxyObjects } from '../../src/proxy/index.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { guardWait, kubectl } from './support/guards/attempt.ts';

const manifests = new URL('../../manifests/', import.meta.url).pathname;
const examples = readdirSync(`${manifests}examples`);

let controlPlane: ControlPlane;
const run = (args: string, object?: unknown) => kubectl(controlPlane.kubeconfig, args.split(' '), object);

const facts: ProxyFacts = {
  image: 'kube-egress:test',
  productNamespace: 'kube-egress-system',
  servedNamespaces: ['my-app'],
  clientCIDRs: ['192.168.7.0/24'],
  discovered: {
    podCIDRs: ['10.244.0.0/16', 'fd00:10:244::/56'],
    serviceCIDRs: ['10.96.0.0/16'],
    nodeCIDRs: ['198.18.0.10/32'],
    apiServer: [{ address: '198.18.0.10', port: 6443 }],
  },
  clientDns: false,
  dns: {
    services: [
      {
        namespace: 'kube-system',
        podSelector: { 'k8s-app': 'kube-dns' },
        ports: [{ protocol: 'UDP', port: 53 }],
      },
    ],
    nodeLocal: ['169.254.20.10'],
  },
  upstreamAddresses: [{ address: '10.9.8.7', port: 3128 }],
  upstreamAuthorities: [],
};
const proxy: EgressProxy = {
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: { name: 'squid', namespace: 'egress-proxy', uid: '0b5f2f6e-0000-4000-8000-000000000000' },
  spec: {
    autoscaling: { maxReplicas: 5 },
    privateCIDRs: ['10.0.0.0/8'],
    service: { type: 'NodePort', nodePort: 30128 },
    accessLog: { format: 'combined', persistence: { pvc: { size: '1Gi' } } },
    goAccess: {
      enabled: true,
      service: { type: 'NodePort', nodePort: 30789, allowedCIDRs: ['192.0.2.0/24'] },
    },
    upstreams: [
      {
        name: 'int',
        host: 'int-proxy.aibang.com',
        port: 3128,
        credentialsSecretRef: { name: 'parent' },
        tls: { caConfigMapRef: { name: 'parent-ca' } },
      },
    ],
  },
};

beforeAll(async () => {
  controlPlane = await startControlPlane();
  const crds = run(`apply --server-side -f ${manifests}base/crds`);
  if (!crds.ok) throw new Error(crds.text);
  run(`wait --for=condition=Established --timeout=30s -f ${manifests}base/crds`);
});

afterAll(() => controlPlane?.stop());

describe('tenant roles', () => {
  const can = (user: string, verb: string, resource: string) => {
    const [name, subresource] = resource.split('/');
    const sub = subresource === undefined ? '' : ` --subresource=${subresource}`;
    return run(`auth can-i ${verb} ${name}.zalando.org${sub} -n default --as=${user}`).text.split('\n')[0];
  };
  beforeAll(async () => {
    run(`apply -f ${manifests}base/rbac/tenants.yaml`);
    for (const role of ['edit', 'view']) {
      run('apply -f -', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: `test-${role}` },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: role === 'edit' ? 'kube-egress-edit' : 'kube-egress-view',
        },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: role }],
      });
    }
    await until('edit counts', () => can('edit', 'create', 'egressrulesets') === 'yes', undefined, guardWait);
    await until('view counts', () => can('view', 'list', 'egressrulesets') === 'yes', undefined, guardWait);
  });
  const cases: [string, string, string, boolean][] = [
    ['edit', 'create', 'egressrulesets', true],
    ['edit', 'delete', 'egressrulesets', true],
    ['edit', 'update', 'egressrulesets/status', false],
    ['edit', 'create', 'egressproxies', false],
    ['edit', 'create', 'clusteregressrulesets', false],
    ['edit', 'update', 'egressactivities', false],
    ['edit', 'bypass', 'egressproxies', false],
    ['edit', 'approve', 'egressrequests', false],
    ['edit', 'update', 'egresstargetgroups', false],
    ['edit', 'create', 'egresstargetgroups', false],
    ['view', 'list', 'egresstargetgroups', true],
    ['anyone', 'get', 'egresstargetgroups', true],
    ['anyone', 'get', 'clusteregressrulesets', false],
    ['view', 'list', 'egressrulesets', true],
    ['view', 'list', 'egressactivities', true],
    ['view', 'create', 'egressrulesets', false],
  ];
  test('admin may not grant the right to approve', async () => {
    const bind = (name: string) =>
      run('apply -f -', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: `ada-${name}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ada' }],
      });
    // What admin may do about roles: no controller aggregates the role itself here.
    run('apply -f -', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'roles-of-admin' },
      rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['get', 'create'] }],
    });
    for (const role of ['kube-egress-edit', 'kube-egress-ask', 'roles-of-admin']) bind(role);
    await until(
      'ada may write roles',
      () => can('ada', 'create', 'egressrequests') === 'yes',
      undefined,
      guardWait,
    );
    const grant = (verb: string) =>
      run(
        `create role ada --verb=${verb} --resource=egressrequests.zalando.org -n default --as=ada --dry-run=server`,
      );
    await until('what she has she may grant', () => grant('create').ok, undefined, guardWait);
    expect(grant('approve').text).toContain('attempting to grant RBAC permissions not currently held');
  });

  test.each(cases)('%s: %s %s is %s', (user, verb, resource, expected) => {
    expect(can(user, verb, resource)).toBe(expected ? 'yes' : 'no');
  });
});

test('the overlay with monitoring adds its objects, with the dashboard whole', () => {
  const { text } = run(`kustomize ${manifests}overlays/monitored`);
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  const of = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);
  expect(of('Deployment', 'kube-egress-controller')).toBeDefined();
  expect(of('PodMonitor', 'kube-egress')).toBeDefined();
  expect(of('PrometheusRule', 'kube-egress').spec.groups.length).toBeGreaterThan(3);
  const { metadata, data } = of('ConfigMap', 'kube-egress-dashboard');
  expect(metadata.labels.grafana_dashboard).toBe('1');
  const whole = JSON.parse(readFileSync(`${manifests}components/monitoring/dashboard.json`, 'utf8'));
  expect(JSON.parse(data['kube-egress.json'])).toEqual(whole);
});

describe('rendered objects', () => {
  beforeAll(() => {
    for (const name of ['egress-proxy', 'my-app', 'restricted']) run(`create namespace ${name}`);
    run('label namespace restricted pod-security.kubernetes.io/enforce=restricted');
  });

  const policy = renderNamespacePolicy({
    namespace: 'my-app',
    proxy: { namespace: 'egress-proxy', name: 'squid', port: 3128 },
    dns: facts.dns,
    apiServer: facts.discovered.apiServer ?? [],
    inClusterTraffic: 'Allow',
  });
  const objects: DesiredObject[] = [...renderProxyObjects(proxy, facts), policy];
  test.each(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    '%s is taken as it is',
    (_, object) => {
      const applied = run('apply --server-side --dry-run=server --validate=strict -f -', object);
      expect(applied.text).toContain('serverside-applied');
      expect(applied.text).not.toContain('Warning');
    },
  );

  test("the proxy's pod satisfies the restricted profile", () => {
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
      spec: { template: { metadata: object; spec: object } };
    };
    const { template } = deployment.spec;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...template,
      metadata: { ...template.metadata, name: 'proxy', namespace: 'restricted' },
    };
    const created = run('create --dry-run=server -f -', pod);
    expect(created.ok, created.text).toBe(true);
  });
});

describe('manifests', () => {
  test.each(examples)('example %s has no unknown field', async (example) => {
    // Without the webhook, which no base of this test applies.
    const made = run(`apply --validate=strict -k ${manifests}examples/${example}`);
    const missing = made.text
      .split('\n')
      .filter((line) => line.startsWith('Error') || line.includes('error'));
    expect(missing.filter((line) => !line.includes('namespaces "'))).toEqual([]);
  });

  test('the default overlay is taken by the API server, again and again', async () => {
    const remote = 'apply --server-side --validate=strict --force-conflicts';
    run(`${remote} -k ${manifests}overlays/default`);
    // The webhook, which is not there, refuses the EgressProxy: everything else has to stand.
    const again = run(`${remote} -k ${manifests}overlays/default`);
    const faults = again.text.split('\n').filter((line) => line.toLowerCase().includes('error'));
    expect(faults.every((line) => line.includes('failed calling webhook'))).toBe(true);
  });

  test('a re-apply keeps the caBundle and the selectors that the controller wrote', () => {
    const patch =
      '[{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"Y2E="},{"op":"add","path":"/webhooks/0/namespaceSelector","value":{"matchLabels":{"a":"b"}}}]';
    run(`patch mutatingwebhookconfiguration kube-egress-pods --type=json -p ${patch}`);
    run(`apply --server-side -k ${manifests}overlays/default`);
    const [webhook] = JSON.parse(
      run('get mutatingwebhookconfiguration kube-egress-pods -o json').text,
    ).webhooks;
    expect(webhook.clientConfig.caBundle).toBe('Y2E=');
    expect(webhook.namespaceSelector).toEqual({ matchLabels: { a: 'b' } });
  });

  test('kubectl delete -k goes through, with the webhook dead', async () => {
    const deleted = run(`delete --wait=false -k ${manifests}overlays/default`);
    expect(deleted.ok || deleted.text.includes('NotFound'), deleted.text).toBe(true);
  });
});
