import { eventually, kubectl } from '../cluster/support/client-pods.ts';
import { podsOf } from '../cluster/support/own-proxy.ts';
import { onCluster, startSecondNode } from '../cluster/support/second-node.ts';
import { until } from '../support/until.ts';
import type { Fault, FaultStage } from './fault.ts';
import { componentPods, deletePod, SYSTEM } from './pods.ts';
import { NOTICED_BY_NONE } from './processes.ts';

const WEBHOOK = 'kube-egress-webhook';

export const nodes: readonly Fault[] = [
  {
    name: 'node drained',
    promise: NOTICED_BY_NONE,
    except: {},
    make: async (stage) => {
      await spread(stage);
      const drain = '--ignore-daemonsets --delete-emptydir-data --force --timeout=150s';
      await kubectl(`drain node-2 ${drain}`, '', 160);
      await settled(stage);
      await onCluster('node node-2 off');
      await kubectl('delete node node-2');
    },
  },
  {
    name: 'node lost',
    promise:
      'connections to its proxy pod fail until Kubernetes has noticed; the other pod serves, and new ones start elsewhere',
    except: { unanswered: true, podsWithout: true, notAdmitted: true, lostLines: true },
    make: async (stage) => {
      await spread(stage);
      const begun = Date.now();
      await onCluster('node node-2 off');
      await kubectl('wait node/node-2 --for=condition=Ready=Unknown --timeout=120s', '', 130);
      const noticed = Date.now() - begun;
      // As a cloud's controller does when the machine does not exist any more.
      await kubectl('delete node node-2');
      await settled(stage);
      const inSeconds = (ms: number) => Math.round(ms / 1000);
      return `noticed by Kubernetes after ${inSeconds(noticed)} s, all pods elsewhere after ${inSeconds(Date.now() - begun)} s`;
    },
  },
];

/** A second node, which runs one of the proxy's pods and one of the webhook's. */
async function spread({ proxy }: FaultStage): Promise<void> {
  await startSecondNode();
  const places = [
    { namespace: proxy.namespace, deployment: proxy.name, pods: () => podsOf(proxy) },
    { namespace: SYSTEM, deployment: WEBHOOK, pods: () => componentPods('webhook') },
  ];
  for (const { namespace, deployment, pods } of places) {
    const [pod = ''] = await pods();
    await deletePod(namespace, pod, deployment);
    const nodesOf = async () => {
      const node = (name: string) => kubectl(`get pod -n ${namespace} ${name} -o jsonpath={.spec.nodeName}`);
      return (await Promise.all((await pods()).map(node))).sort().join();
    };
    const found = await eventually(nodesOf, 'node-1,node-2', 60);
    if (found !== 'node-1,node-2') throw new Error(`${deployment} runs on ${found}`);
  }
}

/** Returns when no pod is left of the second node, and those in its stead are ready. */
async function settled({ proxy }: FaultStage): Promise<void> {
  const left = () => kubectl('get pods -A --field-selector spec.nodeName=node-2 -o name');
  await until('no pod is left on node-2', left, (names) => names.trim() === '', {
    limitMs: 180_000,
    intervalMs: 1000,
  });
  for (const [namespace, deployment] of [
    [proxy.namespace, proxy.name],
    [SYSTEM, WEBHOOK],
  ])
    await kubectl(`rollout status -n ${namespace} deployment/${deployment} --timeout=120s`, '', 130);
}
