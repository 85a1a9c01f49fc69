import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { KubeClient, loadCluster } from '../../src/kube/index.ts';
import { admitRepeatedly } from '../support/admissions.ts';
import { blockWith } from '../support/block-of-page.ts';
import {
  apply,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
} from './support/client-pods.ts';
import { FollowedAuditFiles } from './support/exactness/audit-files.ts';
import { runLoad, startLoadPod } from './support/load/load.ts';

const NAMESPACE = 'upgraded';
const ALLOWED = 'steady.example.com:443';
const MARK = '/tmp/enough';
const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const page = readFileSync(join(root, 'docs/guide/upgrade.md'), 'utf8');

/** A release: its tree, and the image that is built from it. */
interface Release {
  tree: string;
  image: string;
}
let folder: string;
let previous: Release;
let current: Release;
let client: KubeClient;

async function run(command: string, timeoutSeconds = 330): Promise<string> {
  const ran = await bash(command, { timeoutSeconds });
  if (ran.code !== 0) throw new Error(`${command}: ${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}

/**
 * The tree of the release before: KUBE_EGRESS_PREVIOUS, or the newest tag, or, while there is no release, fifty commits ago.
 */
async function previousTree(): Promise<string> {
  const given = process.env['KUBE_EGRESS_PREVIOUS'];
  if (given !== undefined) return given;
  const git = `git -C ${root}`;
  const commit = await run(
    `${git} rev-parse --verify --quiet "$(${git} describe --tags --abbrev=0 2>/dev/null || echo HEAD~50)^{commit}"`,
  );
  const tree = join(folder, 'previous');
  await run(`${git} worktree add --detach ${tree} ${commit}`);
  return tree;
}

/** Installs a tree's own build by its own script, and says which image it is. */
async function install(tree: string): Promise<Release> {
  await run(`cd ${tree} && scripts/install`);
  const path = `'{.spec.template.spec.containers[0].image}'`;
  const image = await kubectl(`get deployment -n kube-egress-system kube-egress-webhook -o jsonpath=${path}`);
  return { tree, image };
}

/** The commands of the guide, in a folder with the release's tree and an overlay that names its image. */
async function changeTo({ tree, image }: Release): Promise<void> {
  const [name, tag] = image.split(/:(?=[^/]+$)/);
  rmSync(join(folder, 'kube-egress'), { force: true });
  symlinkSync(tree, join(folder, 'kube-egress'));
  writeFileSync(
    join(folder, 'my-overlay/kustomization.yaml'),
    JSON.stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['../kube-egress/scripts/local-cluster/overlay'],
      images: [{ name: 'kube-egress', newName: name, newTag: tag }],
    }),
  );
  const commands = blockWith(page, 'kubectl apply -k my-overlay').replaceAll(
    'registry.example.com/kube-egress:2',
    image,
  );
  await run(`set -e; cd ${folder}; ${commands}`, 500);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  mkdirSync(join(folder, 'my-overlay'));
  client = new KubeClient(await loadCluster({ kubeconfig: process.env['KUBECONFIG'] }));
  current = await install(root);
  previous = await install(await previousTree());
  await removeNamespaces(NAMESPACE);
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: [ALLOWED] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await startLoadPod(NAMESPACE);
}, 900_000);

afterAll(async () => {
  await client?.close();
  await leaveNamespaces(NAMESPACE);
  await bash(`cd ${root} && scripts/install`, { timeoutSeconds: 280 });
  await bash(`git -C ${root} worktree remove --force ${join(folder, 'previous')}`);
  rmSync(folder, { recursive: true, force: true });
});

describe('while pods and rule sets are admitted and connections are opened all the time', () => {
  test.each([
    ['the upgrade from the previous release', () => current],
    ['the rollback to it', () => previous],
  ])(
    '%s refuses none, and no audit line is lost',
    async (_, release) => {
      expect(previous.image).not.toBe(current.image);
      using audit = new FollowedAuditFiles();
      const before = new Set(audit.read().map(({ id }) => id));
      await inPod(`${NAMESPACE}/load`, `rm -f ${MARK}`);
      const load = runLoad(`${NAMESPACE}/load`, { target: ALLOWED, concurrency: 2, until: MARK });
      const admissions = admitRepeatedly(client, NAMESPACE);
      await changeTo(release());
      await Promise.all(admissions.map((each) => each.stop()));
      await inPod(`${NAMESPACE}/load`, `touch ${MARK}`);
      const { counts, samples } = await load;
      expect(admissions.flatMap(({ failures }) => failures)).toEqual([]);
      expect(Object.keys(counts), JSON.stringify({ counts, samples })).toEqual(['200']);
      const lines = () =>
        audit.read().filter(({ id, namespace }) => namespace === NAMESPACE && !before.has(id));
      // A line may be repeated: ids are counted.
      const ids = () => new Set(lines().map(({ id }) => id)).size;
      expect(await eventually(async () => ids(), counts['200'] ?? 0, 60)).toBe(counts['200']);
      for (const { attempts } of admissions) expect(attempts).toBeGreaterThan(10);
    },
    600_000,
  );
});
