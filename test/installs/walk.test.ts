import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import {
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
  rolledOut,
  startDeployment,
} from '../cluster/support/client-pods.ts';
import { blockWith } from '../support/block-of-page.ts';
import { builtTool } from '../support/built-tool.ts';
import { clusterWideKinds, ownOf } from '../support/cluster-wide.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const block = (text: string) => blockWith(readme, text);

const NAMESPACE = 'my-app';
const APP = `${NAMESPACE}/deployment/api`;
/** A public address, which the default proxy may dial; the internet simulator answers for all of them. */
const OUTSIDE = 'http://8.8.8.8/';
const IMAGE = 'registry.example.com/kube-egress';

let folder: string;

/** A block as it is pasted into the folder that holds the repository and the overlay. Rejects if a command fails. */
async function paste(text: string): Promise<string> {
  const line = `cd ${folder}; PATH=${dirname(builtTool('helm'))}:$PATH; set -e -o pipefail; ${text}`;
  const { code, stdout, stderr } = await bash(line, { timeoutSeconds: 600 });
  if (code !== 0) throw new Error(`${text}: ${stdout}${stderr}`);
  return stdout;
}

function writeOverlay(tag: string): void {
  const text = block('# my-overlay/').replace('newTag: "1"', `newTag: "${tag}"`);
  writeFileSync(join(folder, 'my-overlay/kustomization.yaml'), text);
}

/** The waits that the notes of a release name. */
const waitsOf = (notes: string) =>
  notes
    .split('\n')
    .filter((line) => line.startsWith('  kubectl wait'))
    .join('\n');

/** The waits of the block that upgrades by kubectl, for the image of this tag. */
const rollout = (tag: string) =>
  block('kubectl rollout status')
    .replace('kubectl apply -k my-overlay\n', '')
    .replace(`${IMAGE}:2`, `${IMAGE}:${tag}`);

async function applyOverlay(tag: string): Promise<void> {
  writeOverlay(tag);
  await paste(`kubectl apply -k my-overlay\n${rollout(tag)}`);
}

/** Both ways of README. `kinds`: those of which nothing of the product is left at the end. */
const WAYS = [
  {
    way: 'kubectl',
    install: () => paste(block('kubectl apply -k my-overlay')),
    upgrade: () => applyOverlay('2'),
    rollback: () => applyOverlay('1'),
    remove: () => paste(block('kubectl delete -k my-overlay')),
    kinds: clusterWideKinds,
  },
  {
    way: 'helm',
    install: async () => paste(waitsOf(await paste(block('helm install')))),
    upgrade: async () => paste(`${block('helm upgrade')}\n${rollout('2')}`),
    rollback: async () => paste(`${block('helm rollback')}\n${rollout('1')}`),
    remove: () => paste(block('helm uninstall')),
    kinds: clusterWideKinds.filter((kind) => !['namespaces', 'customresourcedefinitions'].includes(kind)),
  },
];

const statusOf = async (options = '') =>
  (await inPod(APP, `curl -s -o /dev/null -m 10 -w '%{http_code}' ${options} ${OUTSIDE}`)).stdout;
const eventuallyStatus = (expected: string, options = '') =>
  until(
    `status ${expected}`,
    () => statusOf(options),
    (status) => status === expected,
  );
const variables = async () => (await inPod(APP, 'env')).stdout;

/** Images of the webhook and of the proxy. */
const images = () =>
  Promise.all([
    kubectl(
      'get deployment -n kube-egress-system kube-egress-webhook -o jsonpath={.spec.template.spec.containers[0].image}',
    ),
    kubectl(
      'get deployment -n egress-proxy squid -o jsonpath=\'{.spec.template.spec.containers[?(@.name=="squid")].image}\'',
    ),
  ]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'walk-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  mkdirSync(join(folder, 'my-overlay'));
  await paste(`${root}/scripts/image build --tag ${IMAGE}:2`);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(WAYS)('README from its first block to its last, with $way', (walk) => {
  beforeAll(async () => {
    writeOverlay('1');
    await removeNamespaces(NAMESPACE);
    await makeNamespace({ namespace: NAMESPACE });
    await startDeployment(NAMESPACE, 'api');
  }, 120_000);
  afterAll(() => leaveNamespaces(NAMESPACE));

  test('installs', async () => {
    await walk.install();
    expect(await images()).toEqual([`${IMAGE}:1`, `${IMAGE}:1`]);
    expect(await statusOf()).toBe('200');
  });

  test('opts a namespace in: observes, lists what would be refused, enforces', async () => {
    await paste(block('mode=observe'));
    await rolledOut(NAMESPACE, 'api');
    expect(await variables()).toContain('HTTP_PROXY');
    expect(await statusOf()).toBe('200');
    const enforce = block('mode=enforce');
    const lines = await until('the line', () => paste(enforce.split('\n')[0] ?? ''));
    expect(lines).toContain('"target":"8.8.8.8:80"');
    await paste(enforce);
    await eventuallyStatus('403');
    await eventuallyStatus('000', "--noproxy '*'");
  });

  test('upgrades', async () => {
    await walk.upgrade();
    expect(await images()).toEqual([`${IMAGE}:2`, `${IMAGE}:2`]);
    expect(await statusOf()).toBe('403');
  });

  test('rolls back', async () => {
    await walk.rollback();
    expect(await images()).toEqual([`${IMAGE}:1`, `${IMAGE}:1`]);
    expect(await statusOf()).toBe('403');
  });

  test('removes itself: the namespace is open, its pods have no variables, and nothing is left', async () => {
    await paste(block('egress.zalando.org/mode-'));
    await rolledOut(NAMESPACE, 'api');
    await walk.remove();
    expect(await variables()).not.toContain('HTTP_PROXY');
    expect(await statusOf()).toBe('200');
    expect(ownOf(await kubectl(`get ${walk.kinds.join(',')} -o name`))).toEqual([]);
  });
});
