import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { clientImage } from '../../scripts/scenario/stage.ts';
import {
  apply,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  proxyIsAsBefore,
  proxyIsSettled,
  removeNamespaces,
} from './support/client-pods.ts';
import { runLoad, startLoadPod } from './support/load/load.ts';
import { startSecondNode } from './support/second-node.ts';

const NAMESPACE = 'availability';
const ALLOWED = 'steady.example.com:443';
const PROXY = 'egressproxy/squid -n egress-proxy';
/** At this many bytes a second: a download that is under way while every proxy pod is replaced. */
const RATE = 100_000;
const BYTES = 25 * RATE;

const patchProxy = (spec: object) => kubectl(`patch ${PROXY} --type=merge -p '${JSON.stringify({ spec })}'`);
const proxyPods = async (columns: string): Promise<string[]> =>
  (
    await kubectl(
      `get pods -n egress-proxy -l app=squid -o jsonpath='{range .items[*]}${columns}{"\\n"}{end}'`,
    )
  )
    .split('\n')
    .filter((line) => line !== '');
const readyReplicas = async () =>
  Number(await kubectl('get deployment squid -n egress-proxy -o jsonpath={.status.readyReplicas}'));

async function startDownload(): Promise<void> {
  const url = `https://files.example.com/bytes?n=${BYTES}&rate=${RATE}`;
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'download', namespace: NAMESPACE },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: clientImage,
          command: ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', url],
        },
      ],
    },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=jsonpath={.status.phase}=Running pod/download --timeout=60s`);
}

beforeAll(async () => {
  await startSecondNode();
  await removeNamespaces(NAMESPACE);
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: [ALLOWED, 'files.example.com:443'] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  // The clients must not be on the node that is drained.
  await kubectl('cordon node-2');
  await startLoadPod(NAMESPACE);
  await kubectl('uncordon node-2');
});
afterAll(async () => {
  await bash('kubectl uncordon node-2');
  await patchProxy({ replicas: 2, autoscaling: null, drainSeconds: null });
  await leaveNamespaces(NAMESPACE);
  await proxyIsAsBefore();
});

describe('while 16 clients open connections all the time', () => {
  test('scaling up and down, a rolling update and the drain of a node refuse none, and a download ends whole', async () => {
    const mark = '/tmp/enough';
    const load = runLoad(`${NAMESPACE}/load`, { target: ALLOWED, until: mark });

    await patchProxy({ replicas: null, autoscaling: { minReplicas: 4, maxReplicas: 6 } });
    expect(await eventually(readyReplicas, 4, 120), 'the autoscaler makes it four').toBe(4);
    const nodes = await proxyPods('{.spec.nodeName}');
    expect(new Set(nodes), 'over both nodes').toEqual(new Set(['node-1', 'node-2']));
    await patchProxy({ replicas: 2, autoscaling: null });
    expect(await eventually(readyReplicas, 2, 60), 'and we make it two again').toBe(2);

    await startDownload();
    const before = await proxyPods('{.metadata.name}');
    await patchProxy({ drainSeconds: 45 });
    const replaced = async () => {
      const now = await proxyPods('{.metadata.name} {.metadata.deletionTimestamp}');
      return now.filter((line) => line.endsWith(' ')).every((line) => !before.includes(line.trim()));
    };
    expect(await eventually(replaced, true, 120), 'every pod is a new one').toBe(true);
    await proxyIsSettled();

    await kubectl('drain node-2 --ignore-daemonsets --delete-emptydir-data --force --timeout=90s', '', 100);
    const left = await proxyPods('{.spec.nodeName} {.status.phase}');
    expect(
      left.filter((line) => line.startsWith('node-2')),
      'nothing of the proxy is left there',
    ).toEqual([]);
    expect(await eventually(readyReplicas, 2, 60)).toBe(2);

    await inPod(`${NAMESPACE}/load`, `touch ${mark}`);
    const { counts, samples } = await load;
    expect(Object.keys(counts), JSON.stringify({ counts, samples })).toEqual(['200']);
    await kubectl(`wait -n ${NAMESPACE} --for=jsonpath={.status.phase}=Succeeded pod/download --timeout=60s`);
    expect(await kubectl(`logs -n ${NAMESPACE} download`)).toBe(`200 ${BYTES}`);
    // Pods are started six times over: on two cores, which another cluster shares, that takes its time.
  }, 600_000);
});
