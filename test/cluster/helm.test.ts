import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { podManifest, STATUS } from '../../scripts/scenario/stage.ts';
import { blockWith } from '../support/block-of-page.ts';
import { builtTool } from '../support/built-tool.ts';
import { clusterWideKinds, ownOf } from '../support/cluster-wide.ts';
import { eventually, inPod, kubectl, leaveNamespaces, removeNamespaces } from './support/client-pods.ts';

const root = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const page = (name: string) => readFileSync(join(root, 'docs/guide', name), 'utf8');
const TEAM = 'chart-team';
const POD = `${TEAM}/client`;
const TAKEN = [TEAM, 'api', 'intra-proxy'];

let folder: string;
let image: string;
let client: { uid: string; restarts: number };

/** A command line of the guide, in the folder that holds the repository, with the cluster's own image. */
async function run(command: string, timeoutSeconds = 320): Promise<string> {
  const [repository, tag] = image.split(/:(?=[^/]+$)/);
  const line = command
    .replaceAll('registry.example.com/kube-egress', repository ?? '')
    .replaceAll(/image\.tag=\d+/g, `image.tag=${tag}`);
  const ran = await bash(`cd ${folder} && PATH=${dirname(builtTool('helm'))}:$PATH && ${line}`, {
    timeoutSeconds,
  });
  if (ran.code !== 0) throw new Error(`${line}: ${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

/** A block of the guide that is one helm command, with the values of this test. */
const helm = (name: string, text: string, values: string) =>
  run(`${blockWith(page(name), text).trim()} ${values}`);

interface Values {
  webhook?: { replicas: number };
  targets: string[];
}

/** Writes a values file as an operator would have it, and gives the argument that names it. */
function values(file: string, { targets, ...more }: Values): string {
  const content = {
    defaultProxy: {
      spec: {
        replicas: 2,
        privateDestinations: 'Allow',
        privateCIDRs: ['203.0.113.0/24', '2001:db8::/32'],
      },
    },
    namespaces: [{ name: TEAM, labels: { 'egress.zalando.org/mode': 'enforce' } }],
    ruleSets: [{ name: 'rules', namespace: TEAM, spec: { targets } }],
    clusterRuleSets: [{ name: 'chart-everyone', spec: { targets: ['everyone.example.com:80'] } }],
    ...more,
  };
  writeFileSync(join(folder, file), JSON.stringify(content));
  return `-f ${file}`;
}

const upgrade = (args: string) => helm('upgrade.md', 'helm upgrade', args);

/** The waits that the notes of the release name. */
async function waitAsNoted(notes: string): Promise<void> {
  const waits = notes.split('\n').filter((line) => line.startsWith('  kubectl wait'));
  expect(waits).toHaveLength(3);
  for (const wait of waits) await run(wait.trim());
}

/** What the team's pod gets from each of the names, in order. */
async function statuses(...names: string[]): Promise<string> {
  const curls = names.map((name) => `${STATUS} http://${name}.example.com/; echo -n ' '`);
  return (await inPod(POD, curls.join(';'))).stdout.trim();
}

const seen = () => statuses('first', 'second', 'everyone');

async function clientState(): Promise<typeof client> {
  const path = '{.metadata.uid} {.status.containerStatuses[0].restartCount} {.status.phase}';
  const [uid = '', restarts, phase] = (
    await kubectl(`get pod -n ${TEAM} client -o jsonpath='${path}'`)
  ).split(' ');
  expect(phase).toBe('Running');
  return { uid, restarts: Number(restarts) };
}

const webhookReplicas = () =>
  kubectl('get deployment -n kube-egress-system kube-egress-webhook -o jsonpath={.spec.replicas}');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'helm-'));
  symlinkSync(root, join(folder, 'kube-egress'));
  const path = `'{.spec.template.spec.containers[0].image}'`;
  image = await kubectl(`get deployment -n kube-egress-system kube-egress-webhook -o jsonpath=${path}`);
  await removeNamespaces(...TAKEN);
  await kubectl(`delete -k ${root}/scripts/local-cluster/overlay --ignore-not-found --timeout=120s`, '', 150);
});

afterAll(async () => {
  await bash(
    `cd ${folder} && ${builtTool('helm')} uninstall kube-egress -n kube-egress-system --ignore-not-found`,
  );
  await leaveNamespaces(...TAKEN);
  rmSync(folder, { recursive: true, force: true });
  const installed = await bash(`cd ${root} && scripts/install`, { timeoutSeconds: 280 });
  if (installed.code !== 0) throw new Error(installed.stderr);
});

describe('the chart on a cluster', () => {
  test('installs on an empty one; the notes name what is missing and how to wait', async () => {
    const notes = await helm(
      'operators.md',
      'helm install',
      values('one.yaml', { targets: ['first.example.com:80'] }),
    );
    expect(notes).toContain('2 objects of proxies, clusterRuleSets and ruleSets are NOT made yet');
    await waitAsNoted(notes);
  });

  test('an upgrade with the same values makes the rule sets', async () => {
    const notes = await upgrade('-f one.yaml');
    expect(notes).not.toContain('NOT made');
    await kubectl('apply -f -', podManifest(TEAM, 'client'));
    await kubectl(`wait -n ${TEAM} --for=condition=Ready pod/client --timeout=60s`);
    await kubectl(`wait -n ${TEAM} --for=condition=Programmed egressruleset/rules --timeout=30s`);
    client = await clientState();
    expect(await eventually(seen, '200 403 200')).toBe('200 403 200');
  });

  test('an upgrade with other values changes them', async () => {
    await upgrade(values('two.yaml', { targets: ['second.example.com:80'], webhook: { replicas: 3 } }));
    expect(await eventually(seen, '403 200 200')).toBe('403 200 200');
    expect(await webhookReplicas()).toBe('3');
  });

  test('a rollback returns to the values before', async () => {
    const blocks = blockWith(page('upgrade.md'), 'helm rollback').trim().split('\n');
    for (const command of blocks) await run(command);
    expect(await eventually(seen, '200 403 200')).toBe('200 403 200');
    expect(await webhookReplicas()).toBe('2');
  });

  test("values-gke.yaml adds the GKE article's proxy and lists, which serve; the team's namespace is kept", async () => {
    for (const vm of [1, 2]) await bash(`${root}/scripts/cluster vm ${vm} on`);
    await upgrade('-f one.yaml -f kube-egress/manifests/chart/kube-egress/values-gke.yaml');
    for (const condition of ['Programmed', 'UpstreamsHealthy'])
      await kubectl(
        `wait egressproxy/squid-proxy -n intra-proxy --for=condition=${condition} --timeout=90s`,
        '',
        100,
      );
    await kubectl('wait -n api --for=condition=Programmed egressruleset/microsoft-login --timeout=30s');
    await kubectl('apply -f -', podManifest('api', 'api'));
    await kubectl('wait -n api --for=condition=Ready pod/api --timeout=60s');
    const login = async () => (await inPod('api/api', `${STATUS} https://login.microsoft.com/`)).stdout;
    expect(await eventually(login, '200')).toBe('200');
    expect(await clientState()).toEqual(client);
  });

  test('through all releases the webhook configurations kept the CA', async () => {
    const history = await run('helm history kube-egress -n kube-egress-system -o json');
    expect(JSON.parse(history)).toHaveLength(5);
    await kubectl('run admitted -n api --image=localhost/egress-client:dev --dry-run=server -o yaml').then(
      (pod) => expect(pod).toContain('HTTPS_PROXY'),
    );
  });
});

describe('helm uninstall', () => {
  test('leaves no webhook, guard, right or component, and the CRDs with the rule sets of teams', async () => {
    await kubectl(
      'apply -f -',
      JSON.stringify({
        apiVersion: 'zalando.org/v1',
        kind: 'EgressRuleSet',
        metadata: { name: 'own', namespace: TEAM },
        spec: { targets: ['own.example.com:80'] },
      }),
    );
    // The webhook, while it still runs, keeps the proxy that the namespace api uses.
    const uninstall = 'helm uninstall kube-egress -n kube-egress-system --wait --timeout 120s';
    await run(`{ ${uninstall} || ${uninstall}; }`);
    const kept = ['namespaces', 'customresourcedefinitions'];
    const kinds = clusterWideKinds.filter((kind) => !kept.includes(kind));
    expect(ownOf(await kubectl(`get ${kinds.join(',')} -o name`))).toEqual([]);
    const running = () => kubectl('get pods -n kube-egress-system -o name');
    expect(await eventually(running, '', 60)).toBe('');
    expect(await kubectl(`get egressruleset -n ${TEAM} -o name`)).toBe('egressruleset.zalando.org/own\n');
  });

  test('pods keep running, and everybody may change what is left', async () => {
    expect(await clientState()).toEqual(client);
    await kubectl(`delete egressruleset own -n ${TEAM} --timeout=30s`);
  });

  test('the namespace that stays closed is found, and the command that is said opens it', async () => {
    const direct = `curl --noproxy '*' -s -o /dev/null -m 3 -w '%{http_code}' http://first.example.com/`;
    expect((await inPod(POD, direct)).stdout).toBe('000');
    const status = await bash(`node ${root}/src/cli/main.ts status`);
    expect(status.code).toBe(1);
    expect(status.stdout).toContain(`Namespace ${TEAM}: LeftBehind (ClosedAfterUninstall)`);
    const command = /Open it: (kubectl delete networkpolicy -n chart-team .*)$/m.exec(status.stdout)?.[1];
    await run(command ?? 'false');
    const opened = async () => (await inPod(POD, direct)).stdout;
    expect(await eventually(opened, '200')).toBe('200');
  });

  test('the CRDs go when they are deleted, and nothing holds them', async () => {
    const names = [
      'egressproxies',
      'egressrulesets',
      'clusteregressrulesets',
      'egressactivities',
      'egressrequests',
      'egresstargetgroups',
    ];
    await kubectl(`delete crd ${names.map((name) => `${name}.zalando.org`).join(' ')} --timeout=60s`);
    const status = await bash(`node ${root}/src/cli/main.ts status`);
    expect(status.stdout).toContain('NotInstalled');
    expect(status.stdout).not.toContain(TEAM);
  });
});
