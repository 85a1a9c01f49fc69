import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash, type Outcome } from '../../scripts/scenario/shell.ts';
import { blockWith } from '../support/block-of-page.ts';
import { builtTool } from '../support/built-tool.ts';

const root = join(import.meta.dirname, '../..');
const pageOf = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = pageOf('README.md');

const [apply = '', ...waits] = blockWith(readme, 'kubectl apply -k my-overlay').trim().split('\n');
const uninstall = /`(kubectl delete -k my-overlay [^`]*)`/.exec(pageOf('docs/guide/operators.md'))?.[1] ?? '';

const NODE = 'node-1';
/** For so many seconds the pods of a late start find no node. */
const LATE_S = 20;
/** What an installation adds to the cluster as a whole. */
const CLUSTER_WIDE = [
  'namespaces',
  'customresourcedefinitions',
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'clusterroles',
  'clusterrolebindings',
].join(',');

let folder: string;

/** Each installation: which kubectl, the overlay itself or one file of it, and whether its pods start late. */
const count = Number(process.env['KUBE_EGRESS_INSTALLS'] ?? 10);
const installs = Array.from({ length: count }, (_, index) => ({
  number: index + 1,
  kubectl: index % 2 === 0 ? '1.35' : '1.32',
  source: index % 4 < 2 ? '-k my-overlay' : '-f install.yaml',
  pods: index % 5 === 0 ? 'late' : 'immediately',
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

/** Cluster-wide objects of the product, by kind and name. */
async function left(install: Install): Promise<string[]> {
  const names = (await succeed(install, `kubectl get ${CLUSTER_WIDE} -o name`)).split('\n');
  // kube-egress:policy is the local cluster's own.
  return names.filter((name) => /zalando\.org|kube-egress(?!:policy)|egress-proxy/.test(name));
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

  test.each(installs)('$number: $source with kubectl $kubectl, pods start $pods', async (install) => {
    expect(await left(install)).toEqual([]);
    if (install.pods === 'late') await succeed(install, `kubectl cordon ${NODE}`);
    await succeed(install, apply);
    const pods = install.pods === 'late' ? succeed(install, `sleep ${LATE_S}; kubectl uncordon ${NODE}`) : '';
    for (const wait of waits) await succeed(install, wait);
    await pods;
    // The controller sets the selectors of the guards' bindings.
    const difference = (await run(install, 'kubectl diff -k my-overlay')).stdout.split('\n');
    const objects = difference.filter((line) => line.startsWith('diff '));
    expect(objects.filter((line) => !line.includes('.ValidatingAdmissionPolicyBinding.'))).toEqual([]);
    await succeed(install, uninstall);
    expect(await left(install)).toEqual([]);
  });
});
