import { setTimeout as sleep } from 'node:timers/promises';
import { KubeClient, loadCluster } from '../../src/kube/index.ts';
import { inPod, kubectl } from '../cluster/support/client-pods.ts';
import { endContainer } from '../cluster/support/containers.ts';
import {
  podsOf,
  signalAgent,
  signalGate,
  signalLogRelay,
  signalRelay,
  signalSquid,
} from '../cluster/support/own-proxy.ts';
import { createPod } from '../support/admissions.ts';
import { RepeatedAttempt } from '../support/repeated-attempt.ts';
import { until } from '../support/until.ts';
import { away } from './away.ts';
import type { Exceptions, Fault, FaultStage } from './fault.ts';
import { CLUSTER_DNS, componentPods, deletePod, podsWith, SYSTEM } from './pods.ts';

/** Milliseconds for which a component of Kubernetes is away. */
const AWAY = 5000;

export const NOTICED_BY_NONE = 'no request and no admission notices it';
export const WEBHOOK_AWAY: Exceptions = { podsWithout: true, notAdmitted: true };
/** With Squid its relays end, which alone know the reuses of the last quarter of a second. */
export const CONTAINER_KILLED = {
  agent: { unanswered: true, unloggedRefusals: true, repeatedLines: true },
  squid: { unanswered: true, lostLines: true, repeatedLines: true },
} as const satisfies Record<string, Exceptions>;

async function leader(): Promise<string> {
  const lease = `get lease -n ${SYSTEM} kube-egress-controller -o jsonpath={.spec.holderIdentity}`;
  const holder = await kubectl(lease);
  const pod = (await componentPods('controller')).find((name) => holder.startsWith(name));
  if (pod === undefined) throw new Error(`the leader ${holder} is no pod of the controller`);
  return pod;
}

const resolves = async (pod: string, name: string) => (await inPod(pod, `getent hosts ${name}`)).code === 0;

const eachOf = (pods: readonly string[], use: (pod: string) => Promise<void>) => Promise.all(pods.map(use));

/** Kills the container of each of these pods. */
async function killContainers(namespace: string, pods: readonly string[], container: string): Promise<void> {
  await eachOf(pods, (pod) => endContainer(namespace, pod, container, 'SIGKILL'));
}

/** Creates pods, as dry runs of which twenty are under way, and counts those without the variables. */
async function createPods(namespace: string, count: number): Promise<void> {
  const client = new KubeClient(await loadCluster({ kubeconfig: process.env['KUBECONFIG'] }));
  let left = count;
  let without = 0;
  const create = async () => {
    for (; left > 0; left -= 1) if (!(await createPod(client, namespace))) without += 1;
  };
  await Promise.all(Array.from({ length: 20 }, create)).finally(() => client.close());
  if (without > 0) throw new Error(`${without} of ${count} pods were admitted without the variables`);
}

type Signal = (namespace: string, pod: string, signal: string) => Promise<void>;

/** Sends the signal to that process in every pod of the proxy; each is started again in its pod. */
const signalled =
  (send: Signal, signal: string) =>
  async ({ proxy }: FaultStage): Promise<void> => {
    await eachOf(await podsOf(proxy), (pod) => send(proxy.namespace, pod, signal));
    await kubectl(`wait -n ${proxy.namespace} pod -l app=${proxy.name} --for=condition=Ready --timeout=80s`);
  };

const ofProxy = (
  name: string,
  send: Signal,
  except: { killed: Exceptions; ended: Exceptions },
  promise: string,
) =>
  (
    [
      ['killed', 'KILL', except.killed],
      ['ended', 'TERM', except.ended],
    ] as const
  ).map(
    ([how, signal, excepted]): Fault => ({
      name: `${name} ${how}`,
      promise,
      except: excepted,
      make: signalled(send, signal),
    }),
  );

const ofKubernetes = (name: string, component: string, except: Exceptions, promise: string): Fault[] =>
  (['KILL', 'TERM'] as const).map((signal) => ({
    name: `${name} ${signal === 'KILL' ? 'killed' : 'ended'}`,
    promise,
    except,
    make: async ({ namespace }) => {
      await away(component, signal, () => sleep(AWAY));
      // A kubelet that has just started does not know its pods yet.
      const runsCommands = async () => (await inPod(`${namespace}/load`, 'true')).code === 0;
      await until('commands run in pods', runsCommands);
    },
  }));

/** Marks the fault of that name. */
const inCi =
  (name: string) =>
  (fault: Fault): Fault =>
    fault.name === name ? { ...fault, short: true } : fault;

/** Each process, killed and ended in good order. */
export const processFaults: readonly Fault[] = [
  {
    name: 'webhook killed',
    promise: 'pods are admitted and those without variables reported; rule sets are not taken unseen',
    except: WEBHOOK_AWAY,
    short: true,
    make: async () => killContainers(SYSTEM, await componentPods('webhook'), 'webhook'),
  },
  {
    name: 'webhook ended',
    promise: NOTICED_BY_NONE,
    except: {},
    make: async () => {
      const [pod = ''] = await componentPods('webhook');
      await deletePod(SYSTEM, pod, 'kube-egress-webhook');
    },
  },
  {
    name: 'controller killed',
    promise: `${NOTICED_BY_NONE}; rules take effect without it`,
    except: {},
    make: async () => killContainers(SYSTEM, [await leader()], 'controller'),
  },
  {
    name: 'controller ended',
    promise: `${NOTICED_BY_NONE}; rules take effect without it`,
    except: {},
    make: async () => deletePod(SYSTEM, await leader(), 'kube-egress-controller'),
  },
  {
    name: 'dashboard killed',
    promise: NOTICED_BY_NONE,
    except: {},
    make: async () => killContainers(SYSTEM, await componentPods('dashboard'), 'dashboard'),
  },
  {
    name: 'dashboard ended',
    promise: NOTICED_BY_NONE,
    except: {},
    make: async () => {
      const [pod = ''] = await componentPods('dashboard');
      await deletePod(SYSTEM, pod, 'kube-egress-dashboard');
    },
  },
  ...ofProxy(
    'agent',
    signalAgent,
    { killed: { repeatedLines: true }, ended: {} },
    'requests wait for the new one; no audit line is lost',
  ).map(inCi('agent killed')),
  {
    name: 'Squid killed',
    promise: 'requests under way in one pod end; each answer has its audit line; the other pod takes over',
    except: { unanswered: true, unloggedRefusals: true },
    make: async ({ proxy }) => {
      const [pod = ''] = await podsOf(proxy);
      await signalSquid(proxy.namespace, pod, 'KILL');
      await kubectl(
        `wait -n ${proxy.namespace} pod -l app=${proxy.name} --for=condition=Ready --timeout=80s`,
      );
    },
  },
  ...(['agent', 'squid'] as const).map(
    (container): Fault => ({
      name: `container ${container} killed`,
      promise: 'as by its memory limit: the kubelet starts it again; the other pod takes over',
      except: CONTAINER_KILLED[container],
      make: async ({ proxy }) => {
        const [pod = ''] = await podsOf(proxy);
        await endContainer(proxy.namespace, pod, container, 'SIGKILL');
      },
    }),
  ),
  {
    name: 'two thousand pods in a moment',
    promise: `each has the variables; ${NOTICED_BY_NONE}`,
    except: {},
    make: ({ namespace }) => createPods(namespace, 2000),
  },
  {
    name: 'proxy pod ended',
    promise: NOTICED_BY_NONE,
    except: {},
    make: async ({ proxy }) => {
      const [pod = ''] = await podsOf(proxy);
      await deletePod(proxy.namespace, pod, proxy.name);
    },
  },
  ...ofProxy(
    'relay',
    signalRelay,
    { killed: {}, ended: {} },
    'Squid starts another one; no request is refused by it',
  ),
  ...ofProxy(
    'log relay',
    signalLogRelay,
    { killed: { unanswered: true, unloggedRefusals: true }, ended: {} },
    'Squid, which does not run without it, is started again; each request has its audit line',
  ),
  ...ofProxy(
    'gate',
    signalGate,
    { killed: { unanswered: true }, ended: { unanswered: true } },
    'no tunnel passes it by; the agents and rules work on',
  ).map((fault) => ({ ...fault, stage: 'full' as const })),
  {
    name: 'client-dns killed',
    promise: `${NOTICED_BY_NONE}; of the look-ups that a pod makes one after the other at most one fails`,
    except: {},
    stage: 'full',
    make: async ({ namespace, proxy }) => {
      const lookups = new RepeatedAttempt('look-up', () =>
        resolves(`${namespace}/api`, 'kubernetes.default.svc.cluster.local'),
      );
      const [pod = ''] = await podsOf(proxy);
      await endContainer(proxy.namespace, pod, 'client-dns', 'SIGKILL');
      await lookups.stop();
      if (lookups.failures.length > 1) throw new Error(lookups.failures.join());
    },
  },
  ...ofKubernetes(
    'API server',
    'kube-apiserver',
    WEBHOOK_AWAY,
    'agents decide by what they know; nothing is lost',
  ),
  ...ofKubernetes('etcd', 'etcd', WEBHOOK_AWAY, 'agents decide by what they know; nothing is lost').map(
    inCi('etcd killed'),
  ),
  ...ofKubernetes('kubelet', 'kubelet', {}, NOTICED_BY_NONE),
  {
    name: 'CoreDNS killed',
    promise: 'no request is refused by it; names that were resolved before are used',
    except: {},
    make: async () => killContainers('kube-system', await podsWith('kube-system', CLUSTER_DNS), 'coredns'),
  },
  {
    name: 'CoreDNS ended',
    promise: 'no request is refused by it; names that were resolved before are used',
    except: {},
    make: async () => {
      const [pod = ''] = await podsWith('kube-system', CLUSTER_DNS);
      await deletePod('kube-system', pod, 'kube-dns');
    },
  },
];
