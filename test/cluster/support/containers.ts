import { until } from '../../support/until.ts';
import { kubectl } from './client-pods.ts';
import { onCluster } from './second-node.ts';
import { stateFolder } from './state-folder.ts';

export interface RunningContainer {
  /** containerd's, by which its task and its cgroup are named. */
  id: string;
  node: string;
  restarts: number;
}

/** A container of a pod, as the kubelet reports it. */
export async function findContainer(
  namespace: string,
  pod: string,
  container: string,
): Promise<RunningContainer> {
  const { spec, status } = JSON.parse(await kubectl(`get pod -n ${namespace} ${pod} -o json`)) as {
    spec: { nodeName: string };
    status: Record<string, { name: string; containerID?: string; restartCount: number }[] | undefined>;
  };
  const statuses = [...(status['containerStatuses'] ?? []), ...(status['initContainerStatuses'] ?? [])];
  const found = statuses.find(({ name }) => name === container);
  if (found?.containerID === undefined)
    throw new Error(`${namespace}/${pod} has no running container ${container}`);
  return {
    id: found.containerID.replace('containerd://', ''),
    node: spec.nodeName,
    restarts: found.restartCount,
  };
}

/** Sends a signal to process 1 of a container, from its node: inside of the container the kernel protects that process. */
export async function signalContainer({ id, node }: RunningContainer, signal: string): Promise<void> {
  const ctr = `ctr --address ${stateFolder}/${node}/containerd.sock --namespace k8s.io`;
  await onCluster(`enter ${node} ${ctr} tasks kill --signal ${signal} ${id}`);
}

/**
 * Sends a signal to process 1 of a container, from its node. Resolves when the kubelet has started the container again and the pod is ready.
 */
export async function endContainer(
  namespace: string,
  pod: string,
  container: string,
  signal: string,
): Promise<void> {
  const before = await findContainer(namespace, pod, container);
  await signalContainer(before, signal);
  const again = async () => (await findContainer(namespace, pod, container)).restarts > before.restarts;
  await until(`${container} of ${pod} is started again`, again, undefined, {
    limitMs: 90_000,
    intervalMs: 300,
  });
  await kubectl(`wait -n ${namespace} pod/${pod} --for=condition=Ready --timeout=60s`);
}
