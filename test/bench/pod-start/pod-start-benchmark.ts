import { execFileSync } from 'node:child_process';
import { label } from '../../../src/api/index.ts';
import { KubeClient, type KubeObject, loadCluster, type Pod, resources } from '../../../src/kube/index.ts';
import { named } from '../../integration/support/webhook.ts';
import type { Benchmark } from '../benchmark.ts';
import { interleave } from '../figures/interleave.ts';
import { INJECTED, PLAIN, podStartSection } from './pod-start-section.ts';
import { timeStarts } from './time-starts.ts';

/** Namespaces of the bench's own: one that opted in, one that did not. */
const SPACES = { [INJECTED]: 'bench-injected', [PLAIN]: 'bench-plain' } as const;
/** Pods that start one after another, in each round. */
const PODS = 10;

/** On a cluster with the product: the one that KUBECONFIG names, or the local one, which is started for it. */
export const podStartBenchmark: Benchmark = {
  name: 'pod-start',
  summary: 'pods from create to Running, with and without injection, on the local cluster',
  async run({ quick, progress }) {
    const kubeconfig = process.env['KUBECONFIG'] ?? startCluster(progress);
    const client = new KubeClient(await loadCluster({ kubeconfig }));
    try {
      await client.create(resources.namespaces, named('v1', 'Namespace', SPACES[PLAIN]));
      await client.create(
        resources.namespaces,
        named('v1', 'Namespace', SPACES[INJECTED], { [label.mode]: 'enforce' }),
      );
      await untilInjected(client, SPACES[INJECTED]);
      const contenders = ([INJECTED, PLAIN] as const).map((name) => ({
        name,
        measure: () => timeStarts(client, { namespace: SPACES[name], count: PODS, pod }),
      }));
      return podStartSection(await interleave(contenders, { rounds: quick ? 1 : 10, progress }));
    } finally {
      for (const name of Object.values(SPACES))
        await client.delete(resources.namespaces, { name }).catch(() => {});
      await client.close();
    }
  },
};

function startCluster(progress: (text: string) => void): string {
  for (const command of ['scripts/cluster up', 'scripts/install']) {
    progress(command);
    execFileSync('bash', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return execFileSync('scripts/cluster', ['kubeconfig'], { encoding: 'utf8' }).trim();
}

/** The image is on every node, so that nothing is pulled. */
function pod(namespace: string, name: string): Pod & KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'localhost/egress-client:dev', command: ['sleep', 'infinity'] }],
    },
  } as Pod & KubeObject;
}

async function untilInjected(client: KubeClient, namespace: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const made = await client
      .create<KubeObject>(resources.pods, pod(namespace, `probe-${tries}`))
      .catch(() => undefined);
    if (JSON.stringify(made ?? {}).includes('HTTP_PROXY')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('pods are not injected: is the product installed?');
}
