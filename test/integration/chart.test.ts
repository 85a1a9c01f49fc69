import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/kube/index.ts';
import { builtTool } from '../support/built-tool.ts';

const root = new URL('../../', import.meta.url).pathname;
const chart = join(root, 'manifests/chart/kube-egress');
let helm: string;
let folder: string;

beforeAll(() => {
  helm = builtTool('helm');
  folder = mkdtempSync(join(tmpdir(), 'chart-'));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...args: string[]): { ok: boolean; text: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return { ok: status === 0, text: stdout, errors: stderr };
}

/** Values in a file, so that any of them can be of any type. */
function template(values: object, ...args: string[]): ReturnType<typeof run> {
  const file = join(folder, 'values.yaml');
  const image = { repository: 'kube-egress' };
  writeFileSync(file, JSON.stringify({ image, ...values }));
  // Helm renders for the oldest version that the product supports: this build of it knows none of its own.
  const common = ['--kube-version=1.31.0', '--namespace=default', '--values', file];
  return run(helm, 'template', 'kube-egress', chart, ...common, ...args);
}

type Objects = Record<string, KubeObject>;

function objectsOf({ ok, text, errors }: ReturnType<typeof run>): Objects {
  expect(ok, errors).toBe(true);
  const objects = parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
  const named = objects.map((object): [string, KubeObject] => {
    const { kind, metadata } = object;
    return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, object];
  });
  // An object that is rendered twice would hide the first one.
  expect(new Set(named.map(([id]) => id)).size).toBe(named.length);
  return Object.fromEntries(named);
}

const kustomize = (path: string) => objectsOf(run('kubectl', 'kustomize', join(root, 'manifests', path)));
const served = '--api-versions=zalando.org/v1/EgressProxy';

/** Text in a ConfigMap is compared by what it means. */
function comparable(objects: Objects): Objects {
  const { 'ConfigMap kube-egress-system/kube-egress-default-proxy': source, ...others } = objects;
  const { data } = source as KubeObject & { data: Record<string, string> };
  const read = { ...source, data: { 'proxy.yaml': parse(data['proxy.yaml'] ?? '') } };
  return { ...others, source: read as unknown as KubeObject };
}

describe('the chart', () => {
  test('helm lint has nothing to say', () => {
    const { ok, text, errors } = run(helm, 'lint', '--strict', chart, '--set=image.repository=kube-egress');
    expect(ok, text + errors).toBe(true);
  });

  test('renders the objects of manifests/overlays/default, with CRDs that an uninstall keeps', () => {
    const rendered = objectsOf(template({}));
    for (const [id, { kind, metadata }] of Object.entries(rendered)) {
      if (kind !== 'CustomResourceDefinition') continue;
      expect(metadata.annotations, id).toEqual({ 'helm.sh/resource-policy': 'keep' });
      delete metadata.annotations;
    }
    expect(comparable(rendered)).toEqual(comparable(kustomize('overlays/default')));
  });

  test('without teams.writeRuleSets renders what the component requests-only leaves', () => {
    const role = 'ClusterRole /kube-egress-edit';
    const kept = objectsOf(template({ teams: { writeRuleSets: false } }))[role];
    expect(kept?.metadata.labels).toBeUndefined();
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({ resources: ['base'], components: ['component'] }),
    );
    const copy = (from: string, to: string) =>
      cpSync(join(root, 'manifests', from), join(folder, to), { recursive: true });
    copy('base', 'base');
    copy('components/requests-only', 'component');
    const patched = objectsOf(run('kubectl', 'kustomize', folder))[role];
    expect(patched?.metadata.labels ?? {}).toEqual({});
    expect(patched).toMatchObject({ rules: (kept as KubeObject & { rules: unknown }).rules });
  });

  test('sets no label that Helm overwrites, since the controller would not find its objects by it', () => {
    const labelled = Object.values(objectsOf(template({}))).filter(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] !== undefined,
    );
    expect(labelled.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  });

  test('leaves out the namespace of its own release, which Helm makes', () => {
    const rendered = objectsOf(template({}, '--namespace=kube-egress-system'));
    expect(Object.keys(rendered)).not.toContain('Namespace /kube-egress-system');
    expect(Object.keys(rendered)).toContain('Namespace /egress-proxy');
  });

  test('values-gke.yaml renders manifests/examples/intra-proxy', () => {
    const rendered = objectsOf(template({}, `--values=${chart}/values-gke.yaml`, served));
    for (const [id, object] of Object.entries(kustomize('examples/intra-proxy'))) {
      if (object.kind === 'Namespace') {
        object.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
      }
      expect(rendered[id], id).toEqual(object);
    }
  });

  test('an uninstall keeps the namespaces that teams use, whatever their annotations', () => {
    const namespaces = [{ name: 'a', annotations: { 'helm.sh/resource-policy': '', other: 'x' } }];
    expect(objectsOf(template({ namespaces }))['Namespace /a']?.metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      other: 'x',
    });
  });

  test('every component gets the image, by tag and digest, and its own replicas and resources', () => {
    const digest = `sha256:${'0f'.repeat(32)}`;
    const image = { repository: 'r.example.com/kube-egress', tag: '7', digest, pullPolicy: 'Always' };
    const limits = (memory: string) => ({ limits: { memory } });
    const rendered = objectsOf(
      template({
        image,
        controller: { replicas: 3, resources: limits('1Mi') },
        webhook: { replicas: 4, resources: limits('2Mi') },
        dashboard: { replicas: 5, resources: limits('3Mi') },
      }),
    );
    for (const [name, replicas, memory] of [
      ['controller', 3, '1Mi'],
      ['webhook', 4, '2Mi'],
      ['dashboard', 5, '3Mi'],
    ]) {
      const deployment = rendered[`Deployment kube-egress-system/kube-egress-${name}`];
      expect(deployment).toMatchObject({
        spec: {
          replicas,
          template: {
            spec: {
              containers: [
                {
                  image: `r.example.com/kube-egress:7@${digest}`,
                  imagePullPolicy: 'Always',
                  resources: limits(String(memory)),
                },
              ],
            },
          },
        },
      });
    }
  });

  test('makes objects of our kinds only where these are served', () => {
    const values = { clusterRuleSets: [{ name: 'all', spec: { targets: ['example.com:443'] } }] };
    const id = 'ClusterEgressRuleSet /all';
    expect(objectsOf(template(values))[id]).toBeUndefined();
    expect(objectsOf(template(values, served))[id]).toMatchObject({ spec: { targets: ['example.com:443'] } });
  });

  test('renders the target groups of manifests/target-groups, those that are named, and further ones', () => {
    const all = kustomize('target-groups');
    const names = Object.values(all).map(({ metadata }) => metadata.name);
    const groups = (values: object) =>
      Object.entries(
        objectsOf(template(values, served, '--api-versions=zalando.org/v1/EgressTargetGroup')),
      ).filter(([, { kind }]) => kind === 'EgressTargetGroup');
    expect(Object.fromEntries(groups({ targetGroupPresets: names }))).toEqual(all);
    const own = { name: 'own', spec: { targets: ['example.com:443'] } };
    const some = groups({ targetGroupPresets: ['npm'], targetGroups: [own] });
    expect(some.map(([, { metadata }]) => metadata.name).sort()).toEqual(['npm', 'own']);
    expect(groups({})).toEqual([]);
    expect(template({ targetGroupPresets: ['npn'] }).ok).toBe(false);
  });

  test('lets the controller run proxies in each namespace that has one or is to have one', () => {
    const rendered = objectsOf(
      template({
        proxyNamespaces: ['later', 'one'],
        proxies: [
          { name: 'a', namespace: 'one', spec: {} },
          { name: 'b', namespace: 'one', spec: {} },
          { name: 'c', namespace: 'egress-proxy', spec: {} },
        ],
      }),
    );
    const bindings = Object.values(rendered).filter(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata.namespace !== 'kube-egress-system',
    );
    expect(bindings.map(({ metadata }) => metadata.namespace).sort()).toEqual([
      'egress-proxy',
      'later',
      'one',
    ]);
    const component = readFileSync(
      join(root, 'manifests/components/proxy-namespace/role-binding.yaml'),
      'utf8',
    );
    const expected = parse(component) as KubeObject;
    for (const { metadata, ...binding } of bindings) {
      expect({ ...binding, metadata: { name: metadata.name } }).toEqual(expected);
    }
  });

  test('renders no default proxy where it is not enabled', () => {
    const rendered = Object.keys(objectsOf(template({ defaultProxy: { enabled: false } })));
    expect(rendered).not.toContain('Namespace /egress-proxy');
    expect(rendered).not.toContain('ConfigMap kube-egress-system/kube-egress-default-proxy');
    expect(rendered).not.toContain('RoleBinding egress-proxy/kube-egress-controller');
  });

  test.each([
    ['no image', { image: {} }, 'repository'],
    ['a tag in quotes', { image: { repository: 'a', tag: '"' } }, 'tag'],
    ['a value that does not exist', { replica: 1 }, 'replica'],
    ['no replica', { webhook: { replicas: 0 } }, 'replicas'],
    ['a proxy without a namespace', { proxies: [{ name: 'a', spec: {} }] }, 'namespace'],
    ['a label that is no string', { namespaces: [{ name: 'a', labels: { a: true } }] }, 'labels'],
  ])('the schema refuses %s', (_, values, named) => {
    const { ok, errors } = template(values);
    expect(ok).toBe(false);
    expect(errors).toContain(named);
  });
});
