import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash, type Outcome } from '../../scripts/scenario/shell.ts';
import { blockWith } from '../support/block-of-page.ts';
import { builtTool } from '../support/built-tool.ts';
import { clusterWideKinds, ownOf } from '../support/cluster-wide.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const [apply = '', ...waits] = blockWith(readme, 'kubectl apply -k my-overlay').trim().split('\n');
const uninstall = blockWith(readme, 'kubectl delete -k my-overlay').trim();

const NODE = 'node-1';
/** What the pods of a late start lack, the commands that take it and give it, and why they have not started. */
const LACKS = {
  nothing: undefined,
  'a node for 20 s': {
    seconds: 20,
    take: `kubectl cordon ${NODE}`,
    give: `kubectl uncordon ${NODE}`,
    reason: 'Unschedulable',
  },
  'their image for 30 s': {
    seconds: 30,
    take: `${root}/scripts/cluster image ${NODE} registry.example.com/kube-egress:1 off`,
    give: `${root}/scripts/cluster image ${NODE} registry.example.com/kube-egress:1 on`,
    reason: 'ImagePull',
  },
} as const;
const byTurns: readonly (keyof typeof LACKS)[] = [
  'a node for 20 s',
  'nothing',
  'their image for 30 s',
  'nothing',
  'nothing',
];

let folder: string;

/** Each installation: which kubectl, the overlay itself or one file of it, and what its pods lack at first. */
const count = Number(process.env['KUBE_EGRESS_INSTALLS'] ?? 10);
const installs = Array.from({ length: count }, (_, index) => ({
  number: index + 1,
  kubectl: index % 2 === 0 ? '1.35' : '1.32',
  source: index % 4 < 2 ? '-k my-overlay' : '-f install.yaml',
  lack: byTurns[index % byTurns.length] ?? 'nothing',
}));
type Install = (typeof installs)[number];

/** A command line of README, as it is pasted into the folder that holds the repository and the overlay. */
function run({ kubectl, source }: Install, command: string): Promise<Outcome> {
  // The machine's own kubectl may be of any version.
  return bash(`cd ${folder}; PATH=${folder}/${kubectl}:$PATH; ${command.replace('-k my-overlay', source)}`, {
    timeoutSeconds: 330,
  });
}

async function succeed(install: Install, command: string): Promise<string> {
  const { code, stdout, stderr } = await run(install, command);
  expect(code, `${command}: ${stdout}${stderr}`).toBe(0);
  expect(stderr, command).not.toMatch(/error|warning/i);
  return stdout;
}

async function paste(install: Install, commands: readonly string[]): Promise<void> {
  for (const command of commands) await succeed(install, command);
}

/** Objects of the product that the cluster has as a whole. */
async function left(install: Install): Promise<string[]> {
  return ownOf(await succeed(install, `kubectl get ${clusterWideKinds.join(',')} -o name`));
}

/** Takes what the pods lack, and gives it back in time; `given` rejects unless a pod has waited for it. */
async function begin(install: Install): Promise<{ given: Promise<unknown> }> {
  const lack = LACKS[install.lack];
  if (lack === undefined) return { given: Promise.resolve() };
  await succeed(install, lack.take);
  const give = async () => {
    const states = () => succeed(install, 'kubectl get pods -n kube-egress-system -o json');
    const waits = until('a pod that waits', states, (text) => text.includes(lack.reason), {
      intervalMs: 1000,
    });
    await Promise.all([waits, sleep(lack.seconds * 1000)]).finally(() => succeed(install, lack.give));
  };
  return { given: give() };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'installs-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  for (const name of ['my-overlay', '1.35', '1.32']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'my-overlay/kustomization.yaml'), blockWith(readme, '# my-overlay/'));
  symlinkSync(join(builtTool('binaries'), 'kubectl'), join(folder, '1.35/kubectl'));
  symlinkSync(builtTool('kubectl-1.32'), join(folder, '1.32/kubectl'));
  const rendered = await bash(`cd ${folder} && kubectl kustomize my-overlay > install.yaml`);
  expect(rendered.code, rendered.stderr).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('README: Install it', () => {
  test.each(installs.slice(0, 2))('the kubectl that is called $kubectl is one', async (install) => {
    const text = await succeed(install, 'kubectl version --client');
    expect(text).toContain(`Client Version: v${install.kubectl}.`);
  });

  test.each(installs)('$number: $source with kubectl $kubectl, the pods lack $lack', async (install) => {
    expect(await left(install)).toEqual([]);
    const { given } = await begin(install);
    await succeed(install, apply);
    await Promise.all([paste(install, waits), given]);
    // The controller sets the selectors of the guards' bindings.
    const difference = (await run(install, 'kubectl diff -k my-overlay')).stdout.split('\n');
    const objects = difference.filter((line) => line.startsWith('diff '));
    expect(objects.filter((line) => !line.includes('.ValidatingAdmissionPolicyBinding.'))).toEqual([]);
    await succeed(install, uninstall);
    expect(await left(install)).toEqual([]);
  });
});
