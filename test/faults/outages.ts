import { setTimeout as sleep } from 'node:timers/promises';
import { bash } from '../../scripts/scenario/shell.ts';
import { kubectl } from '../cluster/support/client-pods.ts';
import { findContainer, signalContainer } from '../cluster/support/containers.ts';
import { podsOf } from '../cluster/support/own-proxy.ts';
import { onCluster } from '../cluster/support/second-node.ts';
import { until } from '../support/until.ts';
import { away } from './away.ts';
import type { Fault, FaultStage } from './fault.ts';

/** Minutes for which the API server is away in the long outage. */
const MINUTES = Number(process.env['KUBE_EGRESS_FAULTS_AWAY_MINUTES'] ?? 10);
const MINUTE = 60_000;
const ETCD = 'http://127.0.0.1:2379';
/** The agent's telemetry. */
const READY = 8081;

export const outages: readonly Fault[] = [
  {
    name: 'API server away for long and its history compacted',
    promise: 'agents decide by what they know for as long as it is away, and list again when it is back',
    except: { podsWithout: true, notAdmitted: true },
    limitMs: (MINUTES + 8) * MINUTE,
    make: async () => {
      await away('kube-apiserver', 'KILL', () => sleep(MINUTES * MINUTE));
      await compactHistory();
      return `away for ${MINUTES} minutes`;
    },
  },
  {
    name: 'proxy pod restarted while the API server is away',
    promise:
      'its agent starts from its snapshot and decides before the API server is back; requests under way in that pod end',
    except: {
      podsWithout: true,
      notAdmitted: true,
      unanswered: true,
      unloggedRefusals: true,
      repeatedLines: true,
    },
    make: restartWithoutApiServer,
  },
];

/** etcd forgets what was before now: a watch that would continue from there gets 410. */
async function compactHistory(): Promise<void> {
  const ask = (path: string, body: object) =>
    onCluster(`enter node-1 curl -fsS ${ETCD}/v3/${path} -d '${JSON.stringify(body)}'`);
  const { header } = JSON.parse(await ask('maintenance/status', {})) as { header: { revision: string } };
  await ask('kv/compaction', { revision: header.revision, physical: true });
}

async function restartWithoutApiServer({ proxy }: FaultStage): Promise<string> {
  const [pod = ''] = await podsOf(proxy);
  const containers = await Promise.all(
    ['agent', 'squid'].map((container) => findContainer(proxy.namespace, pod, container)),
  );
  const address = await kubectl(`get pod -n ${proxy.namespace} ${pod} -o jsonpath={.status.podIP}`);
  const states = async () => {
    const asked = ['readyz', 'readyz/squid'].map((path) => stateOf(`http://${address}:${READY}/${path}`));
    return (await Promise.all(asked)).join();
  };
  let restartedMs = 0;
  await away('kube-apiserver', 'KILL', async () => {
    const begun = Date.now();
    for (const container of containers) await signalContainer(container, 'SIGKILL');
    const limit = { limitMs: 120_000, intervalMs: 200 };
    await until('the pod has ended', states, (found) => found !== '200,200', limit);
    await until('the pod decides again', states, (found) => found === '200,200', limit);
    restartedMs = Date.now() - begun;
  });
  return `the pod decided again after ${Math.round(restartedMs / 1000)} s, without the API server`;
}

/** The HTTP status that the node gets; 000 for none. */
async function stateOf(url: string): Promise<string> {
  const cluster = new URL('../../scripts/cluster', import.meta.url).pathname;
  const asked = await bash(`${cluster} enter node-1 curl -s -m 5 -o /dev/null -w '%{http_code}' ${url}`);
  return asked.stdout;
}
