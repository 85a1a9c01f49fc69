import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type KubeObject, resources } from '../../src/kube/index.ts';
import { blockWith } from '../support/block-of-page.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Installed, runInstalled } from './support/installed.ts';
import { createNamespace } from './support/objects.ts';

const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const page = (name: string) => readFileSync(join(root, 'docs/guide', name), 'utf8');
const NAMESPACE = 'my-app';
const MODE = 'egress.zalando.org/mode';

let plane: ControlPlane;
let installed: Installed;
let folder: string;

/** A block as a reader would paste it, in the folder that holds the repository and the overlay. Rejects if a command fails. */
async function paste(block: string): Promise<string> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', block], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: plane.kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += chunk;
    });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${block}: ${text}`);
  return text;
}
const pasteFrom = (name: string, text: string) => paste(blockWith(page(name), text));

const policies = async (): Promise<string[]> => {
  const { items } = await plane.client.list(resources.networkPolicies, { namespace: NAMESPACE });
  return items.map(({ metadata }) => metadata.name);
};
const isClosed = () => until('the policy', policies, (names) => names.includes('enforce-egress-proxy'));
const isOpen = () => until('no policy', policies, (names) => names.length === 0);
const enforce = () => paste(`kubectl label namespace ${NAMESPACE} ${MODE}=enforce --overwrite`);

beforeAll(async () => {
  plane = await startControlPlane({ reachesEndpoints: true });
  folder = mkdtempSync(join(tmpdir(), 'guide-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  mkdirSync(join(folder, 'my-overlay'));
  writeFileSync(
    join(folder, 'my-overlay/kustomization.yaml'),
    'resources: [../kube-egress/manifests/overlays/default]\n',
  );
  await paste('kubectl apply -k my-overlay');
  installed = await runInstalled(plane);
  await installed.untilTrusted();
  await installed.startWebhook();
  await until('the default proxy', () =>
    plane.client.find(resources.egressProxies, { namespace: 'egress-proxy', name: 'squid' }),
  );
  await createNamespace(plane.client, NAMESPACE, { [MODE]: 'enforce' });
  await isClosed();
});
afterAll(async () => {
  await installed?.stop();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('docs/guide/operators.md: exceptions from the guards', () => {
  const pod = (account: string) =>
    `kubectl run tried -n ${NAMESPACE} --image=app --dry-run=server --overrides='${JSON.stringify({
      spec: {
        serviceAccountName: account,
        containers: [
          { name: 'tried', image: 'app', securityContext: { capabilities: { add: ['NET_ADMIN'] } } },
        ],
      },
    })}'`;

  test('admit what they name', async () => {
    await until('the guards count', () =>
      paste(pod('vpn')).then(
        () => false,
        () => true,
      ),
    );
    await pasteFrom('operators.md', 'egress.zalando.org/exceptions=');
    await until('the exception counts', () => paste(pod('vpn')).then(() => true));
    await expect(paste(pod('other'))).rejects.toThrow('container tried: NET_ADMIN');
  });
});

describe('docs/guide/break-glass.md', () => {
  const name = 'break-glass.md';

  test('1. observe mode opens a namespace, or all of them', async () => {
    const [one = '', all = ''] = blockWith(page(name), '-l egress.zalando.org/mode=enforce')
      .trim()
      .split('\n');
    for (const command of [one, all]) {
      await enforce();
      await isClosed();
      await paste(command);
      await isOpen();
    }
    expect(await pasteFrom(name, 'kubectl patch egressproxy squid')).toContain('squid');
  });

  test('2. out of control', async () => {
    await enforce();
    await isClosed();
    await paste(`kubectl create deployment web -n ${NAMESPACE} --image=app`);
    expect(await pasteFrom(name, 'mode=none')).toContain('deployment.apps/web restarted');
    await isOpen();
  });

  test('3. and 4. without a controller; then back', async () => {
    await enforce();
    await isClosed();
    await installed.controller.stop();
    await pasteFrom(name, 'kubectl delete networkpolicy');
    await isOpen();
    await pasteFrom(name, 'kubectl delete mutatingwebhookconfiguration');
    const left =
      'kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicybindings -o name';
    expect(await paste(left)).toBe('');
    await pasteFrom(name, 'kubectl apply -k my-overlay');
    expect(await paste(left)).toContain('kube-egress-pods');
  });
});

describe('docs/guide/upgrade.md: back up', () => {
  const rules = async () => {
    const list = 'kubectl get egressproxies,egressrulesets,clusteregressrulesets -A -o json';
    const { items } = JSON.parse(await paste(list)) as { items: (KubeObject & { spec: object })[] };
    return items.map(({ kind, spec, metadata: { name, namespace, labels, annotations } }) => {
      return { kind, spec, name, namespace, labels, annotations };
    });
  };

  test('restores what was deleted', async () => {
    // The webhook is not called here: the break-glass above took away its CA, and no controller writes it again.
    await paste('kubectl delete mutatingwebhookconfiguration,validatingwebhookconfiguration --all');
    for (const object of [
      { kind: 'EgressRuleSet', metadata: { name: 'rules', namespace: NAMESPACE, labels: { team: 'a' } } },
      { kind: 'ClusterEgressRuleSet', metadata: { name: 'all', annotations: { note: 'keep' } } },
    ]) {
      const spec = { targets: ['api.example.com:443', '"*.example.org:80"'.replaceAll('"', '')] };
      const manifest = JSON.stringify({ apiVersion: 'zalando.org/v1', ...object, spec });
      await paste(`kubectl apply -f - <<'EOF'\n${manifest}\nEOF`);
    }
    const before = await rules();
    expect(before).toHaveLength(3);
    await pasteFrom('upgrade.md', '> rules.json');
    await paste(
      `kubectl delete egressproxies,egressrulesets -A --all; kubectl delete clusteregressrulesets --all; kubectl label namespace ${NAMESPACE} ${MODE}-`,
    );
    expect(await rules()).toEqual([]);
    await pasteFrom('upgrade.md', '-f rules.json');
    const strip = (all: Awaited<ReturnType<typeof rules>>) =>
      all.map(({ annotations = {}, ...rest }) => {
        const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...kept } = annotations;
        return { ...rest, annotations: kept };
      });
    expect(strip(await rules())).toEqual(strip(before));
    const namespace = await plane.client.get(resources.namespaces, { name: NAMESPACE });
    expect(namespace.metadata.labels).toMatchObject({ [MODE]: 'enforce' });
    expect(namespace.metadata.annotations).toHaveProperty('egress.zalando.org/exceptions');
  });
});

describe('manifests in the guide', () => {
  test('the EgressProxy of sizing.md is accepted', async () => {
    writeFileSync(join(folder, 'sizing.yaml'), blockWith(page('sizing.md'), 'kind: EgressProxy'));
    expect(
      await paste('kubectl apply --server-side --force-conflicts --dry-run=server -f sizing.yaml'),
    ).toContain('squid');
  });

  test("the patch of gitops.md reaches every guard's binding", async () => {
    const { patches } = parse(blockWith(page('gitops.md'), 'ssa: IfNotPresent')) as { patches: object[] };
    mkdirSync(join(folder, 'flux'));
    const kustomization = { resources: ['../kube-egress/manifests/overlays/default'], patches };
    writeFileSync(join(folder, 'flux/kustomization.yaml'), JSON.stringify(kustomization));
    const rendered = parseAllDocuments(await paste('kubectl kustomize flux')).map(
      (document) => document.toJS() as KubeObject,
    );
    const bindings = rendered.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(bindings.length).toBeGreaterThan(10);
    for (const { metadata } of bindings)
      expect(metadata.annotations, metadata.name).toEqual({
        'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent',
      });
  });
});
