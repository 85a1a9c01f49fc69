import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';

const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const operators = readFileSync(join(root, 'docs/guide/operators.md'), 'utf8');

let controlPlane: ControlPlane;
let folder: string;

/** A command line as a reader would paste it, in the folder that holds the repository and the overlay. */
function shell(command: string, input = ''): { ok: boolean; text: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: controlPlane.kubeconfig },
    input,
    encoding: 'utf8',
  });
  return { ok: status === 0, text: stdout + stderr };
}

/** The first block of a page that has this text in it. */
function blockWith(page: string, text: string): string {
  const blocks = [...page.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.includes(text));
  if (found === undefined) throw new Error(`no block has "${text}"`);
  return found;
}

beforeAll(async () => {
  controlPlane = await startControlPlane();
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  mkdirSync(join(folder, 'my-overlay'));
  writeFileSync(join(folder, 'my-overlay/kustomization.yaml'), blockWith(readme, '# my-overlay/'));
});

afterAll(async () => {
  await controlPlane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('README: Install it', () => {
  // No controller runs here, so that the proxy will not be Programmed.
  const commands = blockWith(readme, 'kubectl apply -k my-overlay')
    .trim()
    .split('\n')
    .filter((command) => !command.includes('condition=Programmed'));

  test.each(commands)('%s works on an empty cluster', (command) => {
    const { ok, text } = shell(command);
    expect(text).not.toMatch(/error/i);
    expect(ok, text).toBe(true);
  });

  test('makes the default EgressProxy', () => {
    expect(shell('kubectl get egressproxy -n egress-proxy squid -o name').ok).toBe(true);
  });

  test('the image is the one that the overlay names', () => {
    const image = `kubectl get deployment -n kube-egress-system kube-egress-webhook -o jsonpath='{..image}'`;
    expect(shell(image).text).toBe('registry.example.com/kube-egress:1');
  });
});

describe('docs/guide/operators.md', () => {
  test('its role gives the verb bypass', () => {
    const { ok, text } = shell('kubectl apply -f -', blockWith(operators, 'name: kube-egress-bypass'));
    expect(ok, text).toBe(true);
    const can = (group: string) =>
      shell(`kubectl auth can-i bypass egressproxies.zalando.org --as=olga --as-group=${group}`).text;
    expect(can('platform-operators')).toMatch(/^yes$/m);
    expect(can('platform-operators')).toMatch(/warning/i);
    expect(can('tenants')).toMatch(/^no$/m);
  });
});
