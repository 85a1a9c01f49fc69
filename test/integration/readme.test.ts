import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EgressProxy } from '../../src/api/index.ts';
import { type KubeObject, resources } from '../../src/kube/index.ts';
import { blockWith } from '../support/block-of-page.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Installed, runInstalled } from './support/installed.ts';

const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const operators = readFileSync(join(root, 'docs/guide/operators.md'), 'utf8');

let controlPlane: ControlPlane;
let installed: Installed | undefined;
let folder: string;

/**
 * A command line as a reader would paste it, in the folder that holds the repository and the overlay. The controller,
 * which runs in this process, continues meanwhile.
 */
async function shell(command: string, input = ''): Promise<{ ok: boolean; text: string }> {
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: controlPlane.kubeconfig },
  });
  child.stdin.end(input);
  let all = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      all += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { ok: code === 0, text: all };
}

beforeAll(async () => {
  controlPlane = await startControlPlane({ reachesEndpoints: true });
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  mkdirSync(join(folder, 'my-overlay'));
  writeFileSync(join(folder, 'my-overlay/kustomization.yaml'), blockWith(readme, '# my-overlay/'));
});

afterAll(async () => {
  await installed?.stop();
  await controlPlane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('README: Install it', () => {
  // No kubelet runs here, so that no proxy will be Programmed.
  const [apply = '', ...waits] = blockWith(readme, 'kubectl apply -k my-overlay')
    .trim()
    .split('\n')
    .filter((command) => !command.includes('condition=Programmed'));
  const address = { namespace: 'egress-proxy', name: 'squid' };
  const proxy = () => controlPlane.client.find(resources.egressProxies, address);

  test(`${apply} works on an empty cluster`, async () => {
    const { ok, text } = await shell(apply);
    expect(text).not.toMatch(/error|warning/i);
    expect(ok, text).toBe(true);
  });

  test('the controller waits with the EgressProxy for the webhook', async () => {
    installed = await runInstalled(controlPlane);
    await installed.untilTrusted();
    await until('the controller has tried', () =>
      installed?.controller.applied.includes(`EgressProxy ${address.namespace}/${address.name}`),
    );
    expect(await proxy()).toBeUndefined();
    await installed.startWebhook();
  });

  test.each(waits)('%s is true', async (command) => {
    const { ok, text } = await shell(command);
    expect(ok, text).toBe(true);
  });

  test('the EgressProxy is the one of the overlay, and is written without a complaint', async () => {
    const { metadata, spec } = (await proxy()) as EgressProxy;
    expect(metadata.annotations).toEqual({ 'egress.zalando.org/is-default-proxy': 'true' });
    expect(spec).toMatchObject({ replicas: 2, priorityClassName: 'system-cluster-critical' });
    expect(installed?.controller.complaints.filter((text) => text.includes('defaultProxy'))).toEqual([]);
  });

  /** Everything of the overlay but bindings: labels and content. */
  async function installedObjects(): Promise<unknown[]> {
    const { text } = await shell('kubectl get -k my-overlay -o json');
    const { items } = JSON.parse(text) as { items: (KubeObject & { status?: unknown })[] };
    expect(items.length).toBeGreaterThan(40);
    return items
      .filter(({ kind }) => kind !== 'ValidatingAdmissionPolicyBinding')
      .map(({ metadata: { name, namespace, labels }, status: _, ...content }) => {
        return { ...content, name, namespace, labels };
      });
  }

  // The selectors of the guards' bindings are in the manifests, and the controller sets them again.
  test.each(['kubectl apply -k my-overlay', 'kubectl apply --server-side --force-conflicts -k my-overlay'])(
    '%s again changes nothing but selectors of guards, and kubectl diff shows nothing else',
    async (command) => {
      // kubectl says "configured" also where its patch changes nothing, so that the objects are compared.
      const before = await installedObjects();
      const { ok, text } = await shell(command);
      expect(ok, text).toBe(true);
      expect(await installedObjects()).toEqual(before);
      const difference = (await shell('kubectl diff -k my-overlay')).text.split('\n');
      const objects = difference.filter((line) => line.startsWith('diff '));
      expect(objects.filter((line) => !line.includes('.ValidatingAdmissionPolicyBinding.'))).toEqual([]);
    },
  );

  describe('a changed proxy.yaml', () => {
    const configure = (spec: object) => {
      const file = JSON.stringify({
        apiVersion: 'zalando.org/v1',
        kind: 'EgressProxy',
        metadata: address,
        spec,
      });
      return controlPlane.client.patch(
        resources.configMaps,
        { namespace: 'kube-egress-system', name: 'kube-egress-default-proxy' },
        { data: { 'proxy.yaml': file } },
      );
    };
    const specIs = (what: object) =>
      until(
        'the spec',
        async () => (await proxy())?.spec,
        (spec) => JSON.stringify({ ...spec, ...what }) === JSON.stringify(spec),
      );
    const eventAbout = (kind: string, reason: string) =>
      until(`an Event ${reason}`, async () => {
        const { items } = await controlPlane.client.list(resources.events);
        return items.find((event) => event.reason === reason && event.involvedObject.kind === kind)?.message;
      });

    test('is followed; a field that it no longer sets is removed', async () => {
      await configure({ replicas: 3 });
      await specIs({ replicas: 3 });
      expect((await proxy())?.metadata.annotations).toBeUndefined();
    });

    test("leaves another manager's field alone, writes the others, and says so", async () => {
      const patched = await shell(
        `kubectl patch egressproxy -n egress-proxy squid --type=merge -p '{"spec":{"replicas":4}}'`,
      );
      expect(patched.ok, patched.text).toBe(true);
      await configure({ replicas: 5, port: 3129 });
      await specIs({ port: 3129 });
      expect((await proxy())?.spec.replicas).toBe(4);
      expect(await eventAbout('EgressProxy', 'Conflict')).toContain('spec.replicas (set by kubectl-patch)');
    });

    test('that the webhook refuses changes nothing, and an Event says why', async () => {
      await configure({ privateDestinations: 'Allow' });
      expect(await eventAbout('ConfigMap', 'Invalid')).toContain('privateCIDRs');
      expect((await proxy())?.spec.port).toBe(3129);
    });

    test('a deleted ConfigMap leaves the EgressProxy alone', async () => {
      const before = await proxy();
      const { client } = controlPlane;
      await client.delete(resources.configMaps, {
        namespace: 'kube-egress-system',
        name: 'kube-egress-default-proxy',
      });
      // Long enough for a controller that would react.
      await pause(1_000);
      const after = await proxy();
      expect(after?.spec).toMatchObject({ replicas: 4, port: 3129 });
      expect(after?.metadata.uid).toBe(before?.metadata.uid);
    });
  });

  test('the image is the one that the overlay names', async () => {
    const image = `kubectl get deployment -n kube-egress-system kube-egress-webhook -o jsonpath='{..image}'`;
    expect((await shell(image)).text).toBe('registry.example.com/kube-egress:1');
  });
});

describe('docs/guide/operators.md', () => {
  test('its role gives the verb bypass', async () => {
    const { ok, text } = await shell('kubectl apply -f -', blockWith(operators, 'name: kube-egress-bypass'));
    expect(ok, text).toBe(true);
    const can = async (group: string) => {
      const question = `kubectl auth can-i bypass egressproxies.zalando.org --as=olga --as-group=${group}`;
      return (await shell(question)).text;
    };
    expect(await can('platform-operators')).toMatch(/^yes$/m);
    expect(await can('platform-operators')).toMatch(/warning/i);
    expect(await can('tenants')).toMatch(/^no$/m);
  });
});
