import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type KubeObject, resources } from '../../src/kube/index.ts';
import { createAuthority } from '../../src/tls/index.ts';
import { proofOf } from '../docs/block-proofs.ts';
import { blockWith } from '../support/block-of-page.ts';
import { blocksOfFile, ownObjects, pagesToCopyFrom } from '../support/pages.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Installed, runInstalled } from './support/installed.ts';
import { createNamespace } from './support/objects.ts';

const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const page = (name: string) => readFileSync(join(root, 'docs/guide', name), 'utf8');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
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

/** What a table of `kubectl get` begins with; the widths of its columns follow the rows. */
const headOf = (table: string) => table.split('\n')[0]?.trim().split(/ {2,}/);

/** A CRD that was just created has no conditions, which kubectl wait takes for an error. */
const isServed = (crd: string) =>
  until('the kind is served', () =>
    paste(`kubectl wait --for=condition=Established ${crd}`).then(() => true),
  );

describe('docs/guide/operators.md: modes', () => {
  const name = 'operators.md';

  test('observe, then enforce, then blocked, and back', async () => {
    await paste(`kubectl create deployment web -n ${NAMESPACE} --image=app`);
    await paste(`kubectl label namespace ${NAMESPACE} ${MODE}-`);
    expect(await paste(blockWith(readme, 'mode=observe'))).toContain('deployment.apps/web restarted');
    expect(blockWith(page(name), 'mode=observe\n').replaceAll(/ +#.*/g, '')).toBe(
      blockWith(readme, 'mode=observe'),
    );
    await isOpen();
    // The line before it greps in the logs of pods, which nothing here starts.
    await paste(blockWith(readme, 'mode=enforce').split('\n')[1] ?? '');
    await isClosed();
    await pasteFrom(name, 'mode=blocked --overwrite');
    await pasteFrom(name, 'mode=enforce --overwrite');
    await isClosed();
    await paste(`kubectl delete deployment web -n ${NAMESPACE}`);
  });

  test('enforcement by default begins with observation', async () => {
    await pasteFrom(name, '"exemptNamespaces"');
    const proxy = await plane.client.get(resources.egressProxies, {
      namespace: 'egress-proxy',
      name: 'squid',
    });
    expect(proxy.spec).toMatchObject({
      defaultMode: 'Observe',
      exemptNamespaces: ['ingress-nginx', 'argocd'],
    });
    await paste(
      `kubectl patch egressproxy squid -n egress-proxy --type=merge -p '{"spec":{"defaultMode":null,"exemptNamespaces":null}}'`,
    );
  });

  test('facts of the cluster are shown', async () => {
    const found = await until(
      'the facts',
      () => pasteFrom(name, '.status.discovered'),
      (text) => text !== '',
    );
    expect(JSON.parse(found)).toHaveProperty('clusterDomain');
    const [, facts = ''] = blockWith(page('networks.md'), 'ClusterFacts').trim().split('\n');
    expect(await paste(facts)).not.toBe('');
  });

  test('the overlay takes another default proxy', async () => {
    mkdirSync(join(folder, 'other-proxy'));
    const kustomization = parse(blockWith(page(name), 'configMapGenerator')) as object;
    const resource = { resources: ['../kube-egress/manifests/overlays/default'], ...kustomization };
    writeFileSync(join(folder, 'other-proxy/kustomization.yaml'), JSON.stringify(resource));
    writeFileSync(join(folder, 'other-proxy/proxy.yaml'), 'kind: EgressProxy # mine\n');
    expect(await paste('kubectl kustomize other-proxy')).toContain('kind: EgressProxy # mine');
  });
});

describe('commands of the guide', () => {
  beforeAll(async () => {
    for (const namespace of ['my-proxies', 'monitoring', 'shop', 'api'])
      await createNamespace(plane.client, namespace);
    const { cert } = await createAuthority({ now: Date.now() });
    writeFileSync(join(folder, 'parent-ca.pem'), cert);
  });

  test.each<[string, string, string]>([
    ['operators.md', 'kubectl create rolebinding kube-egress-controller', 'created'],
    ['metrics.md', 'egress.zalando.org/scrape=true', 'labeled'],
    ['corporate-networks.md', 'egress.zalando.org/proxy=intra-proxy.squid-proxy', 'labeled'],
    ['trust-bundle.md', 'kubectl create configmap parent-ca', 'condition met'],
    ['requests.md', 'kubectl create rolebinding egress-approvers', 'created'],
  ])('%s: %s', async (name, text, printed) => {
    expect(await pasteFrom(name, text)).toContain(printed);
  });

  test('transparent-mode.md: kubectl patch egressproxy squid', async () => {
    await paste(`kubectl create deployment web -n ${NAMESPACE} --image=app`);
    expect(await pasteFrom('transparent-mode.md', '"transparent":true')).toContain('web restarted');
    await paste(
      `kubectl delete deployment web -n ${NAMESPACE}; kubectl patch egressproxy squid -n egress-proxy --type=merge -p '{"spec":{"clientEnv":null}}'`,
    );
  });

  test('dashboard.md: a viewer has a token that the API server knows', async () => {
    const commands = blockWith(page('dashboard.md'), 'kubectl create token').trim().split('\n');
    const printed = await paste(
      commands.filter((line) => !line.startsWith('kubectl port-forward')).join('\n'),
    );
    const token = printed.trim().split('\n').at(-1);
    expect(await paste(`kubectl --token=${token} auth whoami`)).toContain(
      'system:serviceaccount:my-app:egress-viewer',
    );
  });

  test('metrics.md: the overlay with objects of the Prometheus operator', async () => {
    for (const [plural, kind] of [
      ['podmonitors', 'PodMonitor'],
      ['prometheusrules', 'PrometheusRule'],
    ]) {
      const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
      const crd = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.monitoring.coreos.com` },
        spec: {
          group: 'monitoring.coreos.com',
          scope: 'Namespaced',
          names: { plural, singular: plural?.slice(0, -1), kind },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        },
      };
      await paste(`kubectl apply -f - <<'EOF'\n${JSON.stringify(crd)}\nEOF`);
    }
    for (const plural of ['podmonitors', 'prometheusrules'])
      await isServed(`crd ${plural}.monitoring.coreos.com`);
    const command = blockWith(page('metrics.md'), 'overlays/monitored').trim();
    expect(await paste(`cd kube-egress; ${command} --dry-run=server`)).toContain('prometheusrule');
  });

  test('requests.md: a request is made and approved', async () => {
    // Nothing here aggregates these into the roles that teams have.
    for (const role of ['kube-egress-ask', 'kube-egress-view'])
      await paste(`kubectl create rolebinding ${role} -n shop --clusterrole=${role} --user=tom`);
    const request = blockWith(page('requests.md'), 'kind: EgressRequest');
    await until('the rights of the team count', () =>
      paste(`kubectl apply --as=tom -f - <<'EOF'\n${request}\nEOF`).then(() => true),
    );
    const approve = blockWith(page('requests.md'), '"outcome":"Approved"').trim();
    const asOlga = `${approve} --as=olga --as-group=security`;
    expect(await until('the rights of approvers count', () => paste(asOlga))).toContain('patched');
    const granted = () => paste('kubectl get egressrulesets -n shop -o name');
    await until('what it grants', granted, (text) => text !== '');
    // Nothing here collects what belongs to a deleted object.
    await paste(
      'kubectl delete egressrequest vendor-support -n shop; kubectl delete egressrulesets -n shop --all',
    );
    expect(await granted()).toBe('');
  });

  test.each<[string, string]>([
    ['activity.md', 'kubectl get egressactivity -A'],
    ['direct-targets.md', 'kubectl get egressproxy -n egress-proxy -o wide'],
  ])('%s shows the columns of %s', async (name, command) => {
    const [line = '', shown = ''] = blockWith(page(name), command).split('\n');
    const table = await until(
      'a row',
      () => paste(line.replace('$ ', '')),
      (text) => !text.startsWith('No resources'),
    );
    expect(headOf(table)).toEqual(headOf(shown));
  });

  test('upgrade.md: kubectl diff tells what would change', async () => {
    const diff = blockWith(page('upgrade.md'), 'kubectl diff').trim();
    writeFileSync(
      join(folder, 'my-overlay/kustomization.yaml'),
      'resources: [../kube-egress/manifests/overlays/default]\nimages: [{name: kube-egress, newTag: "2"}]\n',
    );
    // By its exit code 1 kubectl says that there are differences.
    expect(await paste(`${diff} || [ $? = 1 ]`)).toContain('+        image: kube-egress:2');
    writeFileSync(
      join(folder, 'my-overlay/kustomization.yaml'),
      'resources: [../kube-egress/manifests/overlays/default]\n',
    );
  });
});

describe('manifests in the guide', () => {
  const written = pagesToCopyFrom().flatMap((name) =>
    blocksOfFile(name)
      .filter((block) => proofOf(name, block) === undefined)
      .map((block) => [name, block.text, ownObjects(name, block)] as const),
  );

  /** What the API server and the webhook say to an object, which is not stored. */
  const tryToApply = (object: object) =>
    paste(
      `kubectl apply --server-side --force-conflicts --dry-run=server -f - <<'EOF'\n${JSON.stringify(object)}\nEOF`,
    );
  const ruleSet = (spec: object) => ({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'tried', namespace: NAMESPACE },
    spec,
  });

  beforeAll(async () => {
    const allowed = { policy: 'Allow', cidrs: ['198.51.0.0/16', '203.0.113.0/24'], ports: [5432, 123] };
    await paste(
      `kubectl patch egressproxy squid -n egress-proxy --type=merge -p '${JSON.stringify({ spec: { directTargets: allowed } })}'`,
    );
    await until('direct targets are allowed', () =>
      tryToApply(ruleSet({ targets: [], directTargets: [{ cidr: '198.51.7.0/28', port: 123 }] })).then(
        () => true,
      ),
    );
  });

  test.each(written)('%s: %s', async (_, _text, objects = []) => {
    expect(objects).not.toEqual([]);
    for (const object of objects) expect(await tryToApply(object)).toContain(object.metadata.name);
  });

  test('a fault in one is found', async () => {
    await expect(tryToApply(ruleSet({ targets: ['api.example.com'] }))).rejects.toThrow('PortMissing');
  });

  test('the init container of trust-bundle.md is one of a pod', async () => {
    const spec = parse(blockWith(page('trust-bundle.md'), 'keytool')) as {
      containers: { image?: string }[];
    };
    for (const container of spec.containers) container.image ??= 'app';
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'jvm', namespace: NAMESPACE }, spec };
    expect(
      await paste(
        `kubectl create --validate=strict --dry-run=server -f - <<'EOF'\n${JSON.stringify(pod)}\nEOF`,
      ),
    ).toContain('pod/jvm created');
  });
});

describe('docs/guide/gitops.md', () => {
  test('the Application leaves the fields of the controller alone', async () => {
    const { spec } = parse(blockWith(page('gitops.md'), 'kind: Application')) as {
      spec: { ignoreDifferences: { managedFieldsManagers: string[] }[] };
    };
    const managers = spec.ignoreDifferences.flatMap(({ managedFieldsManagers }) => managedFieldsManagers);
    const kinds = [
      'ClusterRoleBinding',
      'MutatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'ValidatingWebhookConfiguration',
    ];
    const list = await paste(`kubectl get ${kinds.join(',')} -o json --show-managed-fields`);
    const { items } = JSON.parse(list) as {
      items: (KubeObject & { metadata: { managedFields?: { manager: string }[] } })[];
    };
    const owned = items.filter(({ metadata }) =>
      metadata.managedFields?.some(({ manager }) => manager !== undefined && managers.includes(manager)),
    );
    expect([...new Set(owned.map(({ kind }) => kind))].sort()).toEqual(kinds);
  });

  test('the Kustomization is one that Flux takes', async () => {
    const download = 'go mod download -json github.com/fluxcd/kustomize-controller@v1.7.3';
    const { Dir } = JSON.parse(await paste(download)) as { Dir: string };
    const crd = `${Dir}/config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml`;
    await paste(`kubectl apply -f ${crd}; kubectl create namespace flux-system`);
    await isServed(`-f ${crd}`);
    const manifest = blockWith(page('gitops.md'), 'kustomize.toolkit.fluxcd.io/v1');
    const applied = await paste(
      `kubectl create --validate=strict --dry-run=server -f - <<'EOF'\n${manifest}\nEOF`,
    );
    expect(applied).toContain('kustomization.kustomize.toolkit.fluxcd.io/kube-egress created');
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
    const closed = await pasteFrom('troubleshooting.md', 'kubectl delete networkpolicy,configmap');
    expect(closed).toContain('No resources found');
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
    const list =
      'kubectl get egressproxies,egresstargetgroups,egressrulesets,clusteregressrulesets -A -o json';
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
      { kind: 'EgressTargetGroup', metadata: { name: 'registries' } },
    ]) {
      const spec = { targets: ['api.example.com:443', '*.example.org:80'] };
      const manifest = JSON.stringify({ apiVersion: 'zalando.org/v1', ...object, spec });
      await paste(`kubectl apply -f - <<'EOF'\n${manifest}\nEOF`);
    }
    const before = await rules();
    expect(before).toHaveLength(4);
    await pasteFrom('upgrade.md', '> rules.json');
    await paste(
      `kubectl delete egressproxies,egressrulesets -A --all; kubectl delete clusteregressrulesets,egresstargetgroups --all; kubectl label namespace ${NAMESPACE} ${MODE}-`,
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
